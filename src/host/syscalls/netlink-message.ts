/** Netlink messages as bytes: nlmsghdr and nested attributes (linux/netlink.h). Pure; numbers are in host order, little-endian. */

export const HEADER_BYTES = 16
const align = (length: number): number => (length + 3) & ~3

/** One attribute: a type with bytes, a number (32 bits), a text (NUL-ended) or nested attributes. */
export type Attribute = { type: number; value: Uint8Array | Attribute[] }

export const bytesAttribute = (type: number, value: Uint8Array): Attribute => ({ type, value })
export const nested = (type: number, value: Attribute[]): Attribute => ({ type, value })
export const u32 = (type: number, number: number): Attribute => ({ type, value: u32Bytes(number) })
export const u16 = (type: number, number: number): Attribute => ({ type, value: u16Bytes(number) })
export const u8 = (type: number, number: number): Attribute => ({ type, value: Uint8Array.of(number) })

export function text(type: number, value: string): Attribute {
  if (value.includes('\0')) throw new TypeError('a netlink text with a NUL byte')
  return { type, value: Buffer.from(`${value}\0`) }
}

export function u32Bytes(number: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, number >>> 0, true)
  return bytes
}

export function u16Bytes(number: number): Uint8Array {
  return Uint8Array.of(number & 0xff, (number >> 8) & 0xff)
}

function attributeBytes({ type, value }: Attribute): Uint8Array {
  const payload = value instanceof Uint8Array ? value : attributesBytes(value)
  const bytes = new Uint8Array(align(4 + payload.length))
  bytes.set(u16Bytes(4 + payload.length), 0)
  bytes.set(u16Bytes(type), 2)
  bytes.set(payload, 4)
  return bytes
}

export function attributesBytes(attributes: Attribute[]): Uint8Array {
  return Buffer.concat(attributes.map(attributeBytes))
}

/** What one message asks; the socket adds sequence number, NLM_F_REQUEST and, unless it is a dump, NLM_F_ACK. */
export type Request = { type: number; flags: number; family: Uint8Array; attributes: Attribute[] }

export function messageBytes({ type, flags, family, attributes }: Request, sequence: number): Uint8Array {
  const payload = attributesBytes(attributes)
  const header = align(family.length)
  const bytes = new Uint8Array(HEADER_BYTES + header + payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, sequence, true)
  bytes.set(family, HEADER_BYTES)
  bytes.set(payload, HEADER_BYTES + header)
  return bytes
}

export type Answer = { type: number; flags: number; sequence: number; payload: Uint8Array }

/** The messages of one datagram. A length that does not fit ends it: the kernel sends none such. */
export function* messagesOf(bytes: Uint8Array): Generator<Answer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true)
    if (length < HEADER_BYTES || at + length > bytes.length) return
    yield {
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      payload: bytes.subarray(at + HEADER_BYTES, at + length),
    }
    at += align(length)
  }
}

const TYPE_MASK = 0x3fff

/** The attributes after a family header of `skip` bytes, by type; of several with one type the last. */
export function parseAttributes(payload: Uint8Array, skip = 0): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  for (let at = align(skip); at + 4 <= payload.length; ) {
    const length = view.getUint16(at, true)
    if (length < 4 || at + length > payload.length) break
    found.set(view.getUint16(at + 2, true) & TYPE_MASK, payload.subarray(at + 4, at + length))
    at += align(length)
  }
  return found
}

export const readText = (bytes: Uint8Array | undefined): string =>
  bytes ? Buffer.from(bytes.subarray(0, indexOfNul(bytes))).toString('utf8') : ''
const indexOfNul = (bytes: Uint8Array): number => {
  const at = bytes.indexOf(0)
  return at < 0 ? bytes.length : at
}
export const readU32 = (bytes: Uint8Array | undefined): number | undefined =>
  bytes && bytes.length >= 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) : undefined
