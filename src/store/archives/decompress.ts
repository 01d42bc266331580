import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { type Helper, startPiped } from '../../host/processes/helper.ts'
import { unpackFaults } from '../unpack/faults.ts'
import { compressionOf } from '../unpack/input.ts'

const CHUNK_BYTES = 1024 * 1024

/**
 * The plain bytes of what may be compressed by gzip, zstd, xz or bzip2, told by the first bytes. The latter two are undone by the
 * host's program of that name, never by one out of an image [CVE-2014-9357, CVE-2026-41567].
 */
export async function* decompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  const start = await firstBytes(iterator)
  const whole = again(start, iterator)
  const compression = compressionOf(start)
  if (compression === 'none') yield* whole
  else if (compression === 'gzip' || compression === 'zstd') yield* byLibrary(compression, whole)
  else yield* byProgram(compression, whole)
}

/** As `decompressed`, but gzip and zstd are left as they are, for a reader that undoes them itself. */
export async function* withoutForeignCompression(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  const start = await firstBytes(iterator)
  const compression = compressionOf(start)
  const whole = again(start, iterator)
  if (compression === 'xz' || compression === 'bzip2') yield* byProgram(compression, whole)
  else yield* whole
}

/** Enough to tell by, or all there is. */
async function firstBytes(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array()
  while (start.length < 6) {
    const { value, done } = await iterator.next()
    if (done) break
    start = start.length === 0 ? value : Buffer.concat([start, value])
  }
  return start
}

async function* again(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

async function* byLibrary(compression: 'gzip' | 'zstd', source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const options = { chunkSize: CHUNK_BYTES }
  const stream = compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options)
  let failure: unknown
  const input = Readable.from(source, { objectMode: true })
  input.on('error', thrown => {
    failure = thrown
    stream.destroy(thrown)
  })
  try {
    yield* input.pipe(stream) as AsyncIterable<Uint8Array>
  } catch (thrown) {
    throw failure ?? unpackFaults.COMPRESSION(compression, { cause: thrown })
  } finally {
    input.destroy()
    stream.destroy()
  }
}

const PROGRAMS: Record<'xz' | 'bzip2', string> = { xz: '/usr/bin/xz', bzip2: '/usr/bin/bzip2' }

async function* byProgram(compression: 'xz' | 'bzip2', source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const program = start(compression)
  let failure: unknown
  const feeding = feed(program, source).catch(thrown => {
    failure = thrown
    program.kill()
  })
  try {
    yield* program.output as AsyncIterable<Uint8Array>
    const code = await program.exited
    await feeding
    if (code !== 0)
      throw failure ?? unpackFaults.COMPRESSION(compression, { cause: new Error(await program.complaint()) })
  } finally {
    program.kill()
  }
}

function start(compression: 'xz' | 'bzip2'): Helper {
  try {
    return startPiped([PROGRAMS[compression], '--decompress', '--stdout'])
  } catch (thrown) {
    throw unpackFaults.NO_PROGRAM(compression, { cause: thrown })
  }
}

async function feed(program: Helper, source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of source) await program.write(chunk)
  await program.endInput()
}
