import { closeSync, openSync } from 'node:fs'
import { writeAll } from '../../host/syscalls/tree.ts'
import { TarOutput } from '../tree/tar-output.ts'
import { DIFF, RAW } from '../unpack/hash-slots.ts'
import { Hasher } from '../unpack/hasher.ts'
import { Input } from '../unpack/input.ts'
import { Gzip } from './gzip.ts'
import { withDirectory } from './pack-upper.ts'
import type { Compressed, PackRequest } from './requests.ts'
import { walkUpper } from './upper-walk.ts'

const READ_BYTES = 1024 * 1024

/** Writes the compressed layer into a new file; what it is made from is hashed on the way, for the caller to compare. */
export async function compressLayer(request: Extract<PackRequest, { pack: 'gzip' }>): Promise<Compressed> {
  const target = openSync(request.target, 'wx', 0o600)
  const hasher = new Hasher(-1)
  let size = 0
  const gzip = new Gzip(bytes => {
    hasher.push(bytes, RAW)
    writeAll(target, bytes, 0, bytes.length)
    size += bytes.length
  })
  try {
    plainBytes(request, bytes => {
      hasher.push(bytes, DIFF)
      gzip.push(bytes)
    })
    gzip.finish()
    const { raw, diff } = await hasher.finish()
    return { diffId: `sha256:${diff}`, digest: `sha256:${raw}`, size }
  } finally {
    closeSync(target)
  }
}

function plainBytes({ tar, upper }: Extract<PackRequest, { pack: 'gzip' }>, take: (bytes: Uint8Array) => void): void {
  if (tar !== undefined) readFile(tar, take)
  else if (upper !== undefined) {
    const output = new TarOutput((chunk, start, end) => take(chunk.subarray(start, end)))
    withDirectory(upper, root => walkUpper(root, output))
    output.finish()
  }
}

function readFile(path: string, take: (bytes: Uint8Array) => void): void {
  const input = new Input(path)
  const buffer = new Uint8Array(READ_BYTES)
  try {
    for (let length = input.fill(buffer); length > 0; length = input.fill(buffer)) take(buffer.subarray(0, length))
  } finally {
    input.close()
  }
}
