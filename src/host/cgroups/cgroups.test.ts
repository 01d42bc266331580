import { expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cgroupsOver, openCgroups } from './cgroups.ts'
import { writeControl } from './files.ts'

const PARENT = `/berth-test-groups-${process.pid}`

/** A group in every hierarchy of this machine with some sleeping processes in it. */
async function group(processes = 2) {
  const cgroups = await openCgroups()
  const path = `${PARENT}/one`
  const directories = cgroups.cgroupPathsOf(path)
  const children = Array.from({ length: processes }, () => Bun.spawn(['/bin/sleep', '100']))
  for (const directory of directories) {
    mkdirSync(directory, { recursive: true })
    for (const level of [join(directory, '..'), directory]) inheritCpus(level)
    for (const { pid } of children) await writeControl(join(directory, 'cgroup.procs'), String(pid))
  }
  return {
    cgroups,
    path,
    children,
    async [Symbol.asyncDispose]() {
      await cgroups.sweep(PARENT, new Set())
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

/** A v1 cpuset takes no process before it has processors. */
function inheritCpus(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const from = join(directory, '..', file)
    if (existsSync(from)) writeFileSync(join(directory, file), readFileSync(from, 'utf8'))
  }
}

test('limits are put into effect, and what the kernel refuses is named', async () => {
  await using made = await group()
  const { cgroups, path } = made
  const start = {
    memory: { limit: 64 << 20, swap: 128 << 20 },
    pids: { limit: 50 },
    cpu: { shares: 512, quota: 50_000, period: 100_000 },
  }
  await cgroups.update(path, start)
  await cgroups.update(path, { memory: { limit: 32 << 20, swap: 32 << 20 } })
  await cgroups.update(path, { memory: { limit: 96 << 20, swap: 200 << 20 } })
  const use = await cgroups.use(path)
  expect(use.memory?.limit).toBe(96 << 20)
  expect(use.pids).toEqual({ current: 2, limit: 50 })
  const refused = cgroups.update(path, { cpu: { cpus: '4000-4001' } })
  await expect(refused).rejects.toMatchObject({ kind: 'invalid', code: 'CGROUP_LIMIT_REFUSED' })
})

test('use is told: memory, processor time, processes', async () => {
  await using made = await group(1)
  const use = await made.cgroups.use(made.path)
  expect(use.memory?.usage).toBeGreaterThanOrEqual(0)
  expect(Object.keys(use.memory?.stats ?? {}).length).toBeGreaterThan(5)
  expect(use.cpu?.total).toBeGreaterThanOrEqual(0)
  expect(use.pids?.current).toBe(1)
})

test('the use of a group that is not there is empty, its members none, its removal done', async () => {
  const cgroups = await openCgroups()
  expect(await cgroups.use(`${PARENT}/none`)).toMatchObject({ memory: undefined, cpu: undefined, bytes: [] })
  expect(await cgroups.pids(`${PARENT}/none`)).toEqual([])
  expect(await cgroups.remove(`${PARENT}/none`)).toBe(true)
  await expect(cgroups.freeze(`${PARENT}/none`)).rejects.toMatchObject({ code: 'CGROUP_NOT_RUNNING' })
})

test('freezing stops, thawing goes on, both may be repeated', async () => {
  await using made = await group()
  const { cgroups, path } = made
  for (const _ of [1, 2]) await cgroups.freeze(path)
  expect(await cgroups.isFrozen(path)).toBe(true)
  for (const _ of [1, 2]) await cgroups.thaw(path)
  expect(await cgroups.isFrozen(path)).toBe(false)
})

test('members are listed, with those of groups below, and all are killed', async () => {
  await using made = await group()
  const { cgroups, path, children } = made
  expect(await cgroups.pids(path)).toEqual(children.map(({ pid }) => pid).sort((a, b) => a - b))
  await cgroups.killAll(path)
  for (const child of children) expect(await child.exited).toBe(137)
})

test('the sweep kills and removes what is not to be kept, frozen or nested as it may be', async () => {
  await using made = await group()
  const { cgroups, path, children } = made
  for (const directory of [...cgroups.cgroupPathsOf(`${path}/below/more`), ...cgroups.cgroupPathsOf(`${PARENT}/kept`)])
    mkdirSync(directory, { recursive: true })
  await cgroups.freeze(path)
  expect(await cgroups.sweep(PARENT, new Set(['kept']))).toEqual(['one'])
  for (const child of children) expect(await child.exited).toBe(137)
  expect(cgroups.cgroupPathsOf(path).filter(directory => existsSync(directory))).toEqual([])
  expect(cgroups.cgroupPathsOf(`${PARENT}/kept`).every(directory => existsSync(directory))).toBe(true)
  expect(await cgroups.sweep(PARENT, new Set())).toEqual(['kept'])
  expect(cgroups.cgroupPathsOf(PARENT).filter(directory => existsSync(directory))).toEqual([])
})

test('a path that leads elsewhere, or is the whole machine, is refused', async () => {
  const cgroups = await openCgroups()
  for (const path of ['/', '', 'relative', '/a/../..', '/./a', '/a\0b'])
    expect(() => cgroups.cgroupPathsOf(path)).toThrow('invalid cgroup path')
})

test('v2: limits, freezing and use by its own files', async () => {
  const root = mkdtempSync(join(tmpdir(), 'berth-v2-'))
  using _ = { [Symbol.dispose]: () => rmSync(root, { recursive: true }) }
  const files: Record<string, string> = {
    'memory.current': '4096\n',
    'memory.max': '1000000\n',
    'memory.swap.max': 'max\n',
    'memory.stat': 'anon 100\nfile 200\n',
    'memory.events': 'low 0\nmax 3\noom_kill 0\n',
    'cpu.max': 'max 100000\n',
    'cpu.stat': 'usage_usec 7\nuser_usec 4\nsystem_usec 3\nnr_throttled 2\nthrottled_usec 9\n',
    'pids.current': '4\n',
    'pids.max': 'max\n',
    'io.stat': '8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n',
    'cgroup.freeze': '0\n',
    'cgroup.events': 'populated 1\nfrozen 1\n',
    'cgroup.procs': '12\n7\n',
  }
  mkdirSync(join(root, 'berth/one'), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'berth/one', name), text)
  const controllers = ['cpu', 'io', 'memory', 'pids']
  const cgroups = cgroupsOver({ mode: 'v2', all: [{ version: 2, path: root, controllers }] })
  expect(cgroups.oomFileOf('/berth/one')).toBe(join(root, 'berth/one/memory.events'))
  const use = await cgroups.use('/berth/one')
  expect(use.memory).toEqual({
    usage: 4096,
    maxUsage: undefined,
    limit: 1_000_000,
    failures: 3,
    stats: { anon: 100, file: 200 } as never,
  })
  expect(use.cpu).toMatchObject({ total: 7000, user: 4000, system: 3000, throttled: 2, throttledTime: 9000 })
  expect(use.pids).toEqual({ current: 4, limit: Number.POSITIVE_INFINITY })
  expect(use.bytes.map(({ operation, value }) => `${operation} ${value}`)).toEqual(['read 10', 'write 20'])
  expect(await cgroups.pids('/berth/one')).toEqual([7, 12])
  await cgroups.freeze('/berth/one')
  expect(readFileSync(join(root, 'berth/one/cgroup.freeze'), 'utf8')).toStartWith('1')
  await cgroups.update('/berth/one', { memory: { swap: 1_500_000 } })
  expect(readFileSync(join(root, 'berth/one/memory.swap.max'), 'utf8')).toStartWith('500000')
  await expect(cgroups.update('/berth/one', { cpu: { cpus: '0' } })).rejects.toMatchObject({
    code: 'CGROUP_CONTROLLER_MISSING',
  })
})
