import { expect, test } from 'bun:test'
import { v1Writes, v2Writes, weightOfShares } from './limits.ts'

const files = (writes: ReturnType<typeof v1Writes>) => writes.map(({ file, value }) => `${file}=${value}`)
const now = { memory: 100, period: 100_000 }

test('v1: memory and swap are raised swap first and lowered memory first', () => {
  const memory = (limit: number) => files(v1Writes({ memory: { limit, swap: limit * 2 } }, now))
  expect(memory(200)).toEqual(['memory.memsw.limit_in_bytes=400', 'memory.limit_in_bytes=200'])
  expect(memory(50)).toEqual(['memory.limit_in_bytes=50', 'memory.memsw.limit_in_bytes=100'])
  expect(memory(-1)[0]).toStartWith('memory.memsw')
})

test('v1: what is absent is not written', () => {
  expect(v1Writes({}, now)).toEqual([])
  expect(files(v1Writes({ cpu: { shares: 512 }, pids: { limit: 7 } }, now))).toEqual(['cpu.shares=512', 'pids.max=7'])
  expect(files(v1Writes({ pids: { limit: -1 } }, now))).toEqual(['pids.max=max'])
})

test('v2: swap is what goes beyond memory', () => {
  expect(files(v2Writes({ memory: { limit: 200, swap: 500 } }, now))).toEqual(['memory.swap.max=300', 'memory.max=200'])
  expect(files(v2Writes({ memory: { swap: 500 } }, now))).toEqual(['memory.swap.max=400'])
  expect(files(v2Writes({ memory: { limit: 200, swap: -1 } }, now))).toEqual(['memory.swap.max=max', 'memory.max=200'])
  expect(files(v2Writes({ memory: { limit: -1, reservation: 5 } }, now))).toEqual(['memory.max=max', 'memory.low=5'])
})

test('v2: shares become weights, quota and period one line', () => {
  expect([2, 1024, 262_144].map(weightOfShares)).toEqual([1, 39, 10_000])
  expect(files(v2Writes({ cpu: { shares: 1024, quota: 50_000 } }, now))).toEqual([
    'cpu.weight=39',
    'cpu.max=50000 100000',
  ])
  expect(files(v2Writes({ cpu: { quota: -1, period: 20_000 } }, now))).toEqual(['cpu.max=max 20000'])
})

test('v2: limits of devices', () => {
  const blockIO = {
    throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1000 }],
    throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 0 }],
  }
  expect(files(v2Writes({ blockIO }, now))).toEqual(['io.max=8:0 rbps=1000', 'io.max=8:16 wiops=max'])
})
