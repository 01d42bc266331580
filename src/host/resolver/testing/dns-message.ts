/** Enough of DNS messages for tests (RFC 1035, section 4). */
export const TYPES = { A: 1, PTR: 12, TXT: 16, AAAA: 28 } as const
export type Type = keyof typeof TYPES
export const CODES = { ok: 0, formatError: 1, failure: 2, noSuchName: 3 } as const

export function question(name: string, type: Type = 'A', { id = 0x1234, edns = 0 } = {}): Buffer {
  const labels = name.split('.').filter(Boolean)
  const encoded = Buffer.concat([
    ...labels.map(label => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ])
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, edns ? 1 : 0])
  const opt = edns ? Buffer.from([0, 0, 41, edns >> 8, edns & 255, 0, 0, 0, 0, 0, 0]) : Buffer.alloc(0)
  return Buffer.concat([header, encoded, Buffer.from([0, TYPES[type], 0, 1]), opt])
}

export type Answer = { id: number; code: number; truncated: boolean; records: string[] }

/** Records as text: addresses in hex, names in dots. */
export function readAnswer(message: Buffer): Answer {
  const records: string[] = []
  let at = skipName(message, 12) + 4
  for (let i = 0; i < message.readUInt16BE(6); i++) {
    at = skipName(message, at)
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 8)]
    const data = message.subarray(at + 10, at + 10 + length)
    records.push(type === TYPES.PTR ? nameOf(data) : data.toString('hex'))
    at += 10 + length
  }
  return { id: message.readUInt16BE(0), code: message[3]! & 15, truncated: (message[2]! & 2) > 0, records }
}

/** What a server says to a question. */
export function answerTo(asked: Buffer, addresses: string[], code = 0): Buffer {
  const end = skipName(asked, 12) + 4
  const head = Buffer.from(asked.subarray(0, end))
  head[2] = 0x81
  head[3] = 0x80 | code
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt16BE(0, 10)
  const records = addresses.map(address => {
    const bytes = Buffer.from(address.split('.').map(Number))
    return Buffer.concat([Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]), bytes])
  })
  return Buffer.concat([head, ...records])
}

export const askedName = (message: Buffer): string => nameOf(message.subarray(12))

function nameOf(bytes: Buffer): string {
  const labels: string[] = []
  for (let at = 0; bytes[at]; at += bytes[at]! + 1) labels.push(bytes.subarray(at + 1, at + 1 + bytes[at]!).toString())
  return labels.join('.')
}

function skipName(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at]) {
    if (bytes[at]! >= 0xc0) return at + 2
    at += bytes[at]! + 1
  }
  return at + 1
}
