import { expect, test } from 'bun:test'
import { type ContainerRecord, initialState } from './container.ts'
import { selectContainers, summarize } from './list.ts'
import type { Filters } from './list-filters.ts'
import { LiveContainer } from './live-container.ts'

const NOW = Date.parse('2026-01-01T01:00:00Z')
const state = (change: Partial<ContainerRecord['state']>) => ({ ...initialState(), ...change })

function container(name: string, change: Partial<ContainerRecord> = {}): LiveContainer {
  return new LiveContainer({
    id: Bun.hash(name).toString(16).padStart(64, 'c'),
    name,
    created: '2026-01-01T00:00:00.123Z',
    imageRef: 'busybox:latest',
    imageId: 'sha256:1',
    diffIds: [],
    platform: 'linux',
    path: 'sh',
    args: ['-c', 'sleep 1'],
    config: { Labels: { a: 'b', empty: '' }, ExposedPorts: { '80/tcp': {}, '53/udp': {} } },
    hostConfig: { PortBindings: { '8005/tcp': [] } },
    networking: {},
    mounts: [
      {
        type: 'volume',
        name: 'data',
        source: '/v/data/_data',
        destination: '/d',
        readOnly: false,
        mode: 'z',
        propagation: '',
      },
    ],
    state: state({ status: 'running', startedAt: '2026-01-01T00:00:00Z' }),
    restartCount: 0,
    manuallyStopped: false,
    ...change,
  })
}

const up = container('up')
const done = container('done', {
  created: '2026-01-01T00:00:01Z',
  state: state({
    status: 'exited',
    exitCode: 3,
    startedAt: '2026-01-01T00:00:01Z',
    finishedAt: '2026-01-01T00:59:57Z',
  }),
  config: {},
  mounts: [],
})
const fresh = container('fresh', { created: '2026-01-01T00:00:02Z', imageId: 'sha256:2', state: state({}), config: {} })
const all = [up, done, fresh]

function names(filters: Record<string, string[]>, more: { all?: boolean; limit?: number } = {}): string[] {
  const query = { all: more.all ?? false, limit: more.limit ?? 0, filters: new Map(Object.entries(filters)) as Filters }
  const lookups = {
    resolve: (given: string) => all.find(({ record }) => record.name === given)!,
    imageId: (reference: string) => ({ busybox: 'sha256:1', other: 'sha256:2' })[reference],
  }
  return selectContainers(all, query, lookups).map(({ record }) => record.name)
}

test('without `all` those that run are shown; with it all, newest first; a limit looks at all', () => {
  expect(names({})).toEqual(['up'])
  expect(names({}, { all: true })).toEqual(['fresh', 'done', 'up'])
  expect(names({}, { limit: 2 })).toEqual(['fresh', 'done'])
})

test.each([
  [{ name: ['^/up$'] }, ['up']],
  [{ name: ['o'] }, ['done']],
  [{ name: ['('] }, []],
  [
    { id: [up.id.slice(0, 60)] },
    ['up', 'done', 'fresh'].filter(name => all.find(c => c.record.name === name)!.id.startsWith(up.id.slice(0, 60))),
  ],
  [{ label: ['a=b'] }, ['up']],
  [{ label: ['a'] }, ['up']],
  [{ label: ['a=c'] }, []],
  [{ label: ['a=b', 'missing'] }, []],
  [{ status: ['created', 'exited'] }, ['fresh', 'done']],
  [{ exited: ['3'] }, ['done']],
  [{ exited: ['0'] }, []],
  [{ health: ['none'] }, ['fresh', 'done', 'up']],
  [{ health: ['healthy'] }, []],
  [{ ancestor: ['busybox'] }, ['done', 'up']],
  [{ ancestor: ['busybox:latest'] }, ['fresh', 'done', 'up']],
  [{ ancestor: ['nope'] }, []],
  [{ volume: ['data'] }, ['fresh', 'up']],
  [{ volume: ['/d'] }, ['fresh', 'up']],
  [{ publish: ['8000-8010'] }, ['fresh', 'done', 'up']],
  [{ publish: ['8005/udp'] }, []],
  [{ expose: ['53/udp'] }, ['up']],
  [{ before: ['fresh'] }, ['done', 'up']],
  [{ since: ['up'] }, ['fresh', 'done']],
  [{ 'is-task': ['true'] }, []],
  [{ 'is-task': ['false'] }, ['fresh', 'done', 'up']],
  [{ isolation: ['default'] }, ['fresh', 'done', 'up']],
])('filter %j', (filters, expected) => {
  expect(names(filters as unknown as Record<string, string[]>, { all: true })).toEqual(expected)
})

test.each([
  [{ status: ['nope'] }, "invalid filter 'status=nope'"],
  [{ exited: ['x'] }, "invalid filter 'exited=x'"],
  [{ health: ['x'] }, 'unrecognized filter value for health: x'],
  [{ publish: ['70000'] }, 'error while looking up for publish 70000'],
  [{ expose: ['9-1'] }, 'error while looking up for expose 9-1'],
  [{ 'is-task': ['maybe'] }, "invalid filter 'is-task=[maybe]'"],
])('filter %j is refused', (filters, message) => {
  expect(() => names(filters as unknown as Record<string, string[]>)).toThrow(message)
})

test('a summary has Docker’s texts', () => {
  const shown = summarize(up.record, 'sha256:1', NOW)
  expect([shown.Command, shown.Status, shown.Names, shown.Image]).toEqual([
    "sh -c 'sleep 1'",
    'Up About an hour',
    ['/up'],
    'busybox:latest',
  ])
  expect(summarize(done.record, 'sha256:9', NOW)).toMatchObject({
    Status: 'Exited (3) 3 seconds ago',
    Image: 'sha256:1',
  })
  expect(summarize(fresh.record, undefined, NOW).Status).toBe('Created')
})

test('published and exposed ports come with the address that they are reached at', () => {
  const ports = { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '53/udp': null }
  const attachment = { sandboxId: '', sandboxKey: '', endpoints: {}, ports }
  expect(summarize({ ...up.record, attachment }, undefined, NOW).Ports).toEqual([
    { IP: '0.0.0.0', PrivatePort: 80, Type: 'tcp', PublicPort: 8080 },
    { PrivatePort: 53, Type: 'udp' },
  ])
})
