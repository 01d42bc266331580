import { expect, test } from 'bun:test'
import { mountUnder, parseMountTable } from './mount-table.ts'

const TABLE = parseMountTable(`22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw
31 22 0:26 / /with\\040space ro master:2 propagate_from:1 - tmpfs tmpfs rw
32 30 0:27 / /tmp ro,noexec shared:9 - tmpfs tmpfs rw
`)

test('the longest point above a path counts, and the last of two at one place', () => {
  expect(mountUnder('/usr', TABLE)).toMatchObject({ point: '/', propagation: 'shared:1' })
  expect(mountUnder('/tmp', TABLE).options).toEqual(['ro', 'noexec'])
})

test('points are unescaped, optional fields kept', () =>
  expect(TABLE[2]).toEqual({ point: '/with space', options: ['ro'], propagation: 'master:2 propagate_from:1' }))

test('a name that only begins alike is not below', () =>
  expect(mountUnder('/etc', [...TABLE, { ...TABLE[1]!, point: '/e' }]).point).toBe('/'))
