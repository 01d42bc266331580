import { writeSync } from 'node:fs'
import { asFault } from '../../base/faults.ts'
import { TarParser } from '../../formats/tar/parser.ts'
import { dieWithParent } from '../../host/processes/die-with-parent.ts'
import { byteText } from '../../host/syscalls/bytes.ts'
import { close, openDirectory } from '../../host/syscalls/tree.ts'
import { Extractor } from '../unpack/extractor.ts'
import { unpackFault } from '../unpack/faults.ts'
import { Input } from '../unpack/input.ts'
import { FrameReader } from './frames.ts'
import { IndexingSink } from './indexing-sink.ts'
import type { ContextReport, ContextRequest } from './requests.ts'
import { TreeWriting } from './tree-writing.ts'

const READ_BYTES = 1024 * 1024

/** The whole life of the child: one request as JSON in its last argument, the context on standard input, reports on standard output. */
export async function runContextChild(argument: string): Promise<never> {
  dieWithParent()
  try {
    serve(JSON.parse(argument) as ContextRequest)
  } catch (failure) {
    const { kind, code, message, hint } = asFault(unpackFault(failure, 'the build context'))
    report({ fault: { kind, code, message, ...(hint ? { hint } : {}) } })
    process.exit(1)
  }
  process.exit(0)
}

function report(...lines: ContextReport[]): void {
  const bytes = Buffer.from(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at)
}

function serve(request: ContextRequest): void {
  const root = openDirectory(byteText(request.root))
  try {
    if (request.act === 'tar') takeTar(root, request.limits)
    else takeFrames(root)
  } finally {
    close(root)
  }
}

/** Everything of a context belongs to root. */
const OWNER = { uid: 0, gid: 0 }

function takeTar(root: number, limits: { bytes: number; entries: number }): void {
  const extractor = new Extractor(root, { as: 'layer', keepWhiteoutNames: true, owner: OWNER, limits })
  const sink = new IndexingSink(extractor)
  const parser = new TarParser(sink)
  eachChunk(chunk => parser.push(chunk))
  parser.end()
  extractor.finish()
  report(...sink.members(), { done: true, bytes: extractor.bytes })
}

function takeFrames(root: number): void {
  const reader = new FrameReader()
  const writing = new TreeWriting(root)
  eachChunk(chunk => {
    const ended: ContextReport[] = []
    for (const frame of reader.push(chunk)) {
      const file = writing.take(frame)
      if (file) ended.push(file)
    }
    if (ended.length > 0) report(...ended)
  })
  if (!reader.isWhole) throw new Error('the context ended within a frame')
  writing.finish()
  report({ done: true, bytes: writing.bytes })
}

function eachChunk(take: (chunk: Uint8Array) => void): void {
  const input = new Input()
  const buffer = new Uint8Array(READ_BYTES)
  for (let length = input.fill(buffer); length > 0; length = input.fill(buffer)) take(buffer.subarray(0, length))
}
