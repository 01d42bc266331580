import { createReadStream, openSync } from 'node:fs'
import { fileFailure } from '../container/create-body.ts'

/** The bytes of a file in large pieces. Opened at once, so that a missing file is told before anything is asked. */
export function readFileStream(path: string): AsyncIterable<Uint8Array> {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (failure) {
    throw fileFailure('open', path, failure)
  }
  return createReadStream(path, { fd: descriptor, highWaterMark: 1024 * 1024 })
}
