import { expect, test } from 'bun:test'
import { linkCounters, parseCounters } from './link-counters.ts'

const TEXT = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:1500 12 1 2 3 4 5 6 700 8 9 10 11 12 13 14
`

test('what is received and sent, without loopback', () => {
  expect(parseCounters(TEXT)).toEqual({
    eth0: {
      receivedBytes: 1500,
      receivedPackets: 12,
      receiveErrors: 1,
      receiveDrops: 2,
      sentBytes: 700,
      sentPackets: 8,
      sendErrors: 9,
      sendDrops: 10,
    },
  })
})

test('a process that is gone has none', async () => {
  expect(await linkCounters(2 ** 22 + 1)).toEqual({})
})
