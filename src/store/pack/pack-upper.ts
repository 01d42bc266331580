import type { TarEntry } from '../../formats/tar/entry.ts'
import type { TarSink } from '../../formats/tar/parser.ts'
import { byteText } from '../../host/syscalls/bytes.ts'
import { close, openDirectory } from '../../host/syscalls/tree.ts'
import { assemble } from '../copy/assemble.ts'
import { stampTree } from '../copy/stamp.ts'
import { TarOutput, toDescriptor } from '../tree/tar-output.ts'
import { Extractor } from '../unpack/extractor.ts'
import { RAW } from '../unpack/hash-slots.ts'
import { Hasher } from '../unpack/hasher.ts'
import type { Packed, PackRequest } from './requests.ts'
import { type UpperOptions, walkUpper } from './upper-walk.ts'

type Request<Kind> = Extract<PackRequest, { pack: Kind }>

export async function adoptUpper({ upper, hasRun, stamp }: Request<'adopt'>): Promise<Packed> {
  if (stamp) withDirectory(upper, root => stampTree(root, stamp))
  return await hashed(upper, [], { tidy: true, hasRun })
}

export async function assembleLayer(request: Request<'assemble'>): Promise<Packed> {
  await assemble(request)
  return await adoptUpper({ pack: 'adopt', upper: request.root, hasRun: false, stamp: request.stamp })
}

export async function copyUpper({ upper, root, limits }: Request<'copy'>): Promise<Packed> {
  const target = openDirectory(byteText(root))
  const extractor = new Extractor(target, { as: 'layer', limits })
  try {
    return await hashed(upper, [extractor], { hasRun: true })
  } finally {
    extractor.dispose()
    close(target)
  }
}

export function writeTar({ upper }: Request<'tar'>): void {
  withDirectory(upper, root => {
    const output = new TarOutput(toDescriptor(1))
    walkUpper(root, output)
    output.finish()
  })
}

async function hashed(upper: string, others: Extractor[], options: UpperOptions): Promise<Packed> {
  const hasher = new Hasher(-1)
  const counting = new Counting()
  const output = new TarOutput((chunk, start, end) => {
    counting.tarBytes += end - start
    hasher.push(chunk.subarray(start, end), RAW)
  })
  withDirectory(upper, root => walkUpper(root, new Tee([output, counting, ...others]), options))
  output.finish()
  for (const other of others) other.finish()
  const { raw } = await hasher.finish()
  return { diffId: `sha256:${raw}`, diffSize: counting.tarBytes, contentSize: counting.contentBytes }
}

export function withDirectory(path: string, work: (root: number) => void): void {
  const root = openDirectory(byteText(path))
  try {
    work(root)
  } finally {
    close(root)
  }
}

class Counting implements TarSink {
  tarBytes = 0
  contentBytes = 0

  entry({ size }: TarEntry): void {
    this.contentBytes += size
  }

  data(): void {}
  done(): void {}
}

class Tee implements TarSink {
  readonly #sinks: TarSink[]

  constructor(sinks: TarSink[]) {
    this.#sinks = sinks
  }

  entry(entry: TarEntry): void {
    for (const sink of this.#sinks) sink.entry(entry)
  }

  data(chunk: Uint8Array, start: number, end: number): void {
    for (const sink of this.#sinks) sink.data(chunk, start, end)
  }

  done(): void {
    for (const sink of this.#sinks) sink.done()
  }
}
