import { writeSync } from 'node:fs'
import { asFault } from '../../base/faults.ts'
import { byteText } from '../../host/syscalls/bytes.ts'
import { close, openDirectory, syncFileSystem } from '../../host/syscalls/tree.ts'
import { type Unpacked, type UnpackRequest, unpackLayer } from './unpack-layer.ts'

/** One line of the child's standard output. `synced` follows `done` when all of it has reached the disk. */
export type UnpackReport =
  | { done: Unpacked }
  | { fault: { kind: string; code: string; message: string; hint?: string } }
  | { synced: true }

/** The whole life of the child: one request as JSON in its last argument, reports on standard output. */
export async function runUnpackChild(argument: string): Promise<void> {
  const request = JSON.parse(argument) as UnpackRequest
  try {
    report({ done: await unpackLayer(request) })
    sync(request.root)
    report({ synced: true })
  } catch (failure) {
    const { kind, code, message, hint } = asFault(failure)
    report({ fault: { kind, code, message, ...(hint ? { hint } : {}) } })
    process.exit(1)
  }
  process.exit(0)
}

function report(line: UnpackReport): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

function sync(path: string): void {
  const root = openDirectory(byteText(path))
  syncFileSystem(root)
  close(root)
}
