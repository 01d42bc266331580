import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALL, OUTPUT, readAll, removeShared, seen, sharedThings, start } from './monitor.kit.ts'

afterAll(removeShared)

const outputOf = async (trial: Parameters<typeof start>[0]): Promise<string> => {
  await using container = await start({ ...trial, early: [OUTPUT] })
  const text = (await readAll(container.attachments[0]!)).toString()
  await container.monitor.gone
  return text
}

test('a container gets three descriptors, the usual mask, and none of our protection from the OOM killer', async () => {
  // ls opens the directory itself as 3.
  expect(await outputOf({ command: ['/bin/ls', '/proc/self/fd'] })).toBe('0\n1\n2\n3\n')
  expect(await outputOf({ command: 'umask; cat /proc/self/oom_score_adj; env' })).toMatch(/^0022\n0\n/)
  const signals = await outputOf({ command: ['/bin/grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status'] })
  expect(signals).toMatch(/SigBlk:\s+0{16}\nSigIgn:\s+0{16}\n/)
})

/** CAP_SYS_RESOURCE, which a container that runs Berth may lack. */
const mayProtect =
  (BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]}`) >> 24n) % 2n === 1n

test.skipIf(!mayProtect)('the monitor itself is protected from the OOM killer', async () => {
  await using container = await start({ command: 'sleep 100' })
  const { pid } = await container.monitor.started
  const monitor = /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]
  expect(readFileSync(`/proc/${monitor}/oom_score_adj`, 'utf8')).toBe('-999\n')
  expect(readFileSync(`/proc/${monitor}/comm`, 'utf8')).toStartWith('berth-monitor')
})

test('no mount of a container is seen on the host, and its files are in the upper directory', async () => {
  await using container = await start({ command: 'echo kept > /tmp/file; cat', input: 'open' })
  await container.monitor.started
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(container.directory)
  container.monitor.closeStdin()
  await container.monitor.exited
  expect(readFileSync(join(container.directory, 'upper/tmp/file'), 'utf8')).toBe('kept\n')
})

test('a hundred layers with long paths are mounted in their order', async () => {
  const { base, layer } = await sharedThings()
  const layers = Array.from({ length: 100 }, (_, index) => {
    const path = join(base, 'layers', 'x,:y'.repeat(20), String(index))
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'top'), `layer ${index}\n`)
    return path
  })
  expect(await outputOf({ command: 'cat /top', rootfs: { lower: [...layers, layer] } })).toBe('layer 0\n')
})

test('a root without an upper directory is read-only, of one layer and of two', async () => {
  const { base, layer } = await sharedThings()
  mkdirSync(join(base, 'second'), { recursive: true })
  for (const lower of [[layer], [join(base, 'second'), layer]]) {
    const rootfs = { lower, upper: undefined, work: undefined }
    expect(await outputOf({ command: 'touch /x 2>&1; echo $?', rootfs })).toContain('Read-only file system\n1\n')
  }
})

test('a volatile root works, again and again', async () => {
  await using container = await start({ command: 'touch /x', rootfs: { volatile: true } })
  await container.monitor.gone
  const { upper, work } = container.launch.rootfs!
  expect(existsSync(join(work!, 'work/incompat/volatile'))).toBe(true)
  expect(await outputOf({ command: 'ls /x', rootfs: { volatile: true, upper, work } })).toBe('/x\n')
})

test('memory that runs out is told at once and with the exit', async () => {
  const resources = { memory: { limit: 16_000_000, swap: 16_000_000 } }
  await using container = await start({
    command: '(tail /dev/zero); echo survived; cat',
    input: 'open',
    resources,
    early: [OUTPUT],
  })
  await container.monitor.oom
  await seen(container.attachments[0]!, 'survived')
  container.monitor.closeStdin()
  expect(await container.monitor.exited).toMatchObject({ code: 0, oomKilled: true })
})

test('processes that outlive the first one in the namespace of the host are killed', async () => {
  await using container = await start({
    command: '(sleep 1000; echo late) & echo early; exit 9',
    hostProcesses: true,
    early: [OUTPUT],
  })
  const all = readAll(container.attachments[0]!)
  expect(await container.monitor.exited).toMatchObject({ code: 9 })
  expect((await all).toString()).toBe('early\n')
  await container.monitor.gone
  expect(container.launch.cgroups!.filter(path => existsSync(path))).toEqual([])
})

test('a paused container can be killed once it is thawed, or by its removal', async () => {
  await using container = await start({ command: 'sleep 100' })
  await container.monitor.started
  await container.cgroups.freeze(container.cgroupsPath)
  container.monitor.kill(9)
  await container.cgroups.killAll(container.cgroupsPath)
  await container.cgroups.thaw(container.cgroupsPath)
  expect(await container.monitor.exited).toMatchObject({ code: 137 })
})

test('groups that a container has made below its own go with it', async () => {
  await using container = await start({ command: 'sleep 100' })
  await container.monitor.started
  for (const path of container.launch.cgroups!) mkdirSync(join(path, 'inner/most'), { recursive: true })
  container.monitor.kill(9)
  await container.monitor.gone
  expect(container.launch.cgroups!.filter(path => existsSync(path))).toEqual([])
})

test('exec: output, input, exit codes, a terminal', async () => {
  await using container = await start({ command: 'sleep 100' })
  await container.monitor.started
  const plain = await container.exec('cat; echo err >&2; exit 12', { stdin: true, stdinOnce: true, early: [ALL] })
  const text = readAll(plain.attachments[0]!)
  plain.attachments[0]!.end('typed\n')
  expect(await plain.monitor.exited).toMatchObject({ code: 12 })
  expect((await text).toString()).toBe('typed\nerr\n')
  const terminal = await container.exec('stty size', { terminal: { rows: 7, columns: 8 }, early: [OUTPUT] })
  const size = readAll(terminal.attachments[0]!)
  expect(await terminal.monitor.exited).toMatchObject({ code: 0 })
  expect((await size).toString()).toBe('7 8\r\n')
  const missing = await container.exec('exec /nope')
  expect(await missing.monitor.exited).toMatchObject({ code: 127 })
})

test('exec: a process left in the background does not hold it', async () => {
  await using container = await start({ command: 'sleep 100' })
  await container.monitor.started
  const exec = await container.exec('sleep 50 & echo done', { early: [OUTPUT] })
  expect((await readAll(exec.attachments[0]!)).toString()).toBe('done\n')
  expect(await exec.monitor.exited).toMatchObject({ code: 0 })
})

test('exec in a container that has ended is refused, and an exec ends with its container', async () => {
  await using container = await start({ command: 'sleep 100' })
  await container.monitor.started
  const exec = await container.exec('sleep 100')
  await exec.monitor.started
  container.monitor.kill(9)
  expect(await exec.monitor.exited).toMatchObject({ code: 137 })
  await container.monitor.gone
  const late = await container.exec('true')
  await expect(late.monitor.started).rejects.toMatchObject({ code: 'RUNTIME_START_FAILED' })
})

test('runc serves as well', async () => {
  await using container = await start({ command: 'echo hello; exit 4', runtime: 'runc', early: [OUTPUT] })
  expect((await readAll(container.attachments[0]!)).toString()).toBe('hello\n')
  expect(await container.monitor.exited).toMatchObject({ code: 4 })
  await container.monitor.gone
  await using failing = await start({ command: ['nope'], runtime: 'runc' })
  await expect(failing.monitor.started).rejects.toMatchObject({ code: 'RUNTIME_COMMAND_NOT_FOUND' })
  await expect(failing.monitor.started).rejects.toThrow('"nope": executable file not found in $PATH')
})
