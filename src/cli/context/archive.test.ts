import { describe, expect, test } from 'bun:test'
import { deflateRawSync } from 'node:zlib'
import { tarEntry } from '../../formats/tar/entry.ts'
import { encodeHeader, paddingAfter, TAR_END } from '../../formats/tar/writer.ts'
import { packContext, unpackContext } from './archive.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const META = { Name: 'x', Metadata: { Description: 'd' }, Endpoints: { docker: { Host: 'tcp://h:1' } } }

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}
function tar(members: Record<string, string>): Uint8Array {
  const parts = Object.entries(members).flatMap(([name, text]) => {
    const content = bytesOf(text)
    return [encodeHeader(tarEntry({ name, type: 'file', size: content.length })), content, paddingAfter(content.length)]
  })
  return Buffer.concat([...parts, TAR_END])
}

/** Without compression; `deflated` of a size that is not so for a bomb. */
function zip(members: Record<string, string>, size?: number): Uint8Array {
  const locals: Uint8Array[] = []
  const entries: Uint8Array[] = []
  let at = 0
  for (const [name, text] of Object.entries(members)) {
    const title = bytesOf(name)
    const content = deflateRawSync(text)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(8, 8)
    local.writeUInt16LE(title.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(8, 10)
    entry.writeUInt32LE(content.length, 20)
    entry.writeUInt32LE(size ?? text.length, 24)
    entry.writeUInt16LE(title.length, 28)
    entry.writeUInt32LE(at, 42)
    locals.push(local, title, content)
    entries.push(entry, title)
    at += local.length + title.length + content.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(members).length, 10)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, ...entries, end])
}

describe('the archive of a context', () => {
  test('comes back as it was', async () => {
    const tls = { docker: { 'ca.pem': bytesOf('ca'), 'key.pem': bytesOf('key') } }
    const back = await unpackContext(chunks(...packContext({ meta: META, tls })))
    expect(back.meta).toEqual(META)
    expect(new TextDecoder().decode(back.tls['docker']?.['key.pem'])).toBe('key')
  })

  test('may be a zip file', async () => {
    const members = { 'meta.json': JSON.stringify(META), 'tls/docker/ca.pem': 'ca' }
    const back = await unpackContext(chunks(zip(members)))
    expect(back.meta).toEqual(META)
    expect(Object.keys(back.tls['docker'] ?? {})).toEqual(['ca.pem'])
  })

  test.each([
    ['../meta.json', /^\.\.\/meta\.json: unexpected context file$/],
    ['tls/docker/../../x', /unexpected context file/],
    ['tls/../x', /unexpected context file/],
    ['/etc/passwd', /unexpected context file/],
    ['tls/docker/deep/ca.pem', /unexpected context file/],
    ['other', /unexpected context file/],
  ])('with a member %s is refused, as tar and as zip', (name, message) => {
    const members = { 'meta.json': JSON.stringify(META), [name]: 'x' }
    expect(unpackContext(chunks(tar(members)))).rejects.toThrow(message)
    expect(unpackContext(chunks(zip(members)))).rejects.toThrow(message)
  })

  test('that is larger than 10 MiB, packed or not, is not read', () => {
    expect(unpackContext(chunks(new Uint8Array(11 * 1024 * 1024)))).rejects.toThrow('exceeds')
    expect(unpackContext(chunks(zip({ 'meta.json': ' '.repeat(11 * 1024 * 1024) })))).rejects.toThrow('holds more than')
    expect(unpackContext(chunks(zip({ 'meta.json': ' '.repeat(1024 * 1024) }, 10)))).rejects.toThrow('cannot be read')
  })

  test('that is damaged is told', () => {
    const whole = zip({ 'meta.json': JSON.stringify(META) })
    expect(unpackContext(chunks(whole.subarray(0, whole.length - 30)))).rejects.toThrow('not a valid zip file')
    expect(unpackContext(chunks(tar({ 'meta.json': '{"Name":' })))).rejects.toThrow('meta.json')
    expect(unpackContext(chunks(tar({})))).rejects.toThrow('no metadata')
  })
})
