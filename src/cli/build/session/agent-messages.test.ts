import { expect, test } from 'bun:test'
import { AgentMessages, isHarmless } from './agent-messages.ts'

const message = (type: number, content = ''): Buffer => {
  const bytes = Buffer.alloc(5 + content.length)
  bytes.writeUInt32BE(1 + content.length)
  bytes[4] = type
  bytes.write(content, 5, 'latin1')
  return bytes
}

test('messages are found wherever the bytes are cut', () => {
  const all = Buffer.concat([message(11), message(13, 'sign this'), message(11)])
  const messages = new AgentMessages()
  const found = [...all].flatMap(byte => messages.push(Buffer.from([byte])))
  expect(Buffer.concat(found).equals(all)).toBeTrue()
  expect(found).toHaveLength(3)
})

test('a build may list keys and sign, and do nothing else to an agent', () => {
  expect([11, 13].map(type => isHarmless(message(type)))).toEqual([true, true])
  expect([1, 17, 18, 19, 20, 22, 25, 27].map(type => isHarmless(message(type)))).toEqual(Array(8).fill(false))
})

test('a message that is too long to be one ends the stream', () => {
  expect(() => new AgentMessages().push(Buffer.from('ffffffff', 'hex'))).toThrow()
  expect(() => new AgentMessages().push(Buffer.from('00000000', 'hex'))).toThrow()
})
