import { expect, test } from 'bun:test'
import { hierarchyOf, parseHierarchies } from './hierarchies.ts'

const LINE = (path: string, type: string, options: string): string =>
  `31 23 0:27 / ${path} rw,nosuid,nodev,noexec,relatime shared:9 - ${type} cgroup rw,${options}`

test('controllers that share a hierarchy are found at one path', () => {
  const text = [
    LINE('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct'),
    LINE('/sys/fs/cgroup/systemd', 'cgroup', 'xattr,release_agent=/x,name=systemd'),
  ]
  const all = parseHierarchies(text.join('\n'))
  expect(all).toEqual([
    { version: 1, path: '/sys/fs/cgroup/cpu,cpuacct', controllers: ['cpu', 'cpuacct'] },
    { version: 1, path: '/sys/fs/cgroup/systemd', controllers: ['name=systemd'] },
  ])
  expect(hierarchyOf(all, 'cpuacct')?.path).toBe('/sys/fs/cgroup/cpu,cpuacct')
  expect(hierarchyOf(all, 'memory')).toBeUndefined()
})

test('the unified hierarchy is told from those of v1, and mounts elsewhere do not count', () => {
  const all = parseHierarchies(
    [
      LINE('/sys/fs/cgroup', 'cgroup2', 'nsdelegate'),
      LINE('/mnt/x', 'cgroup2', ''),
      LINE('/sys/fs/cgroupx', 'cgroup', 'cpu'),
    ].join('\n'),
  )
  expect(all).toEqual([{ version: 2, path: '/sys/fs/cgroup', controllers: [] }])
})

test('what was mounted over a hierarchy hides it', () => {
  expect(
    parseHierarchies([LINE('/sys/fs/cgroup', 'cgroup2', ''), LINE('/sys/fs/cgroup', 'tmpfs', 'mode=755')].join('\n')),
  ).toEqual([])
})
