/** The file that a packed one was made of. The time alone does not tell it: the kernel's clock for files goes in steps of milliseconds. */
export type LogOrigin = {
  inode: number
  /** Nanoseconds since 1970. */
  modified: bigint
}

/** A gzip member without content, whose extra field is ours (RFC 1952, section 2.3.1.1). */
const HEAD = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 20, 0, 0x42, 0x65, 16, 0])
/** An empty deflate block, no checksum, no length. */
const TAIL = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
export const ORIGIN_BYTES = HEAD.length + 16

/** What a packed file begins with. */
export function originMember({ inode, modified }: LogOrigin): Buffer {
  const field = Buffer.alloc(16)
  field.writeBigUInt64LE(BigInt(inode), 0)
  field.writeBigUInt64LE(modified, 8)
  return Buffer.concat([HEAD, field, TAIL])
}

/** Undefined for what others have packed. */
export function originIn(beginning: Uint8Array): LogOrigin | undefined {
  const bytes = Buffer.from(beginning.buffer, beginning.byteOffset, beginning.byteLength)
  if (bytes.length < ORIGIN_BYTES || !bytes.subarray(0, HEAD.length).equals(HEAD)) return undefined
  const [inode, modified] = [bytes.readBigUInt64LE(HEAD.length), bytes.readBigUInt64LE(HEAD.length + 8)]
  return { inode: Number(inode), modified }
}

export const isSameOrigin = (one: LogOrigin, other: LogOrigin): boolean =>
  one.inode === other.inode && one.modified === other.modified
