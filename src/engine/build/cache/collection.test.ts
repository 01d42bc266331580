import { expect, test } from 'bun:test'
import { collectionPrunes } from './collection.ts'

test('by default a tenth of the disk stays, and a fifth of it is to be free', () => {
  const [only, ...others] = collectionPrunes('/', { collects: true, policies: [] })
  expect(others).toEqual([])
  expect(only!.maxUsedSpace / only!.reservedSpace).toBeCloseTo(6)
  expect(only!.minFreeSpace / only!.reservedSpace).toBeCloseTo(2)
})

test('settings come before that, and may switch it off', () => {
  expect(collectionPrunes('/', { collects: false, policies: [] })).toEqual([])
  expect(collectionPrunes('/', { collects: true, policies: [], reserved: 5 })[0]).toMatchObject({
    reservedSpace: 5,
    maxUsedSpace: 5,
  })
  const policy = { all: false, reserved: 7, filters: [['unused-for', '48h']] as [string, string][] }
  expect(collectionPrunes('/', { collects: true, policies: [policy] })).toEqual([
    { all: false, filters: new Map([['unused-for', ['48h']]]), reservedSpace: 7, maxUsedSpace: 0, minFreeSpace: 0 },
  ])
})
