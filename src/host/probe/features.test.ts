import { expect, test } from 'bun:test'
import { describeMissing, probeFeatures } from './features.ts'

test('this machine has what containers cannot do without', () => {
  const missing = probeFeatures().filter(({ essential, present }) => essential && !present)
  expect(missing).toEqual([])
})

test('what lacks is named with its consequence, the essential first', () => {
  const lacking = [
    { name: 'veth', present: false, essential: false, without: 'no networks' },
    { name: 'bridge', present: true, essential: false, without: '' },
    { name: 'overlay', present: false, essential: true, without: 'no images' },
  ]
  expect(describeMissing(lacking)).toEqual([
    'the kernel has no overlay: no images',
    'the kernel has no veth: no networks',
  ])
})
