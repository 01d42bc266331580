import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { Demultiplexer } from '../../formats/multiplexed-stream/demultiplexer.ts'
import { shortSocketPath } from '../syscalls/sockets.ts'
import { ALL, FRAMED, OUTPUT, processesNaming, readAll, removeShared, seen, start } from './monitor.kit.ts'
import { readExitFile, reconnectMonitor } from './monitor.ts'

afterAll(removeShared)

test('the exit code of the first process is reported and stored, with its time', async () => {
  await using container = await start({ command: 'exit 42' })
  const before = BigInt(Date.now() - 60_000) * 1_000_000n
  expect((await container.monitor.started).pid).toBeGreaterThan(1)
  const exit = await container.monitor.exited
  expect(exit).toMatchObject({ code: 42, oomKilled: false })
  expect(exit.finishedAt).toBeGreaterThan(before)
  expect(await readExitFile(container.launch.exitFile!)).toEqual(exit)
})

test('a process that a signal ended has code 128 and its number', async () => {
  await using container = await start({ command: 'sleep 100' })
  await container.monitor.started
  container.monitor.kill(9)
  expect(await container.monitor.exited).toMatchObject({ code: 137 })
})

test('an early attachment and the log have every byte of containers that live a moment', async () => {
  for (let turn = 0; turn < 8; turn++) {
    await using container = await start({ command: ['/bin/busybox', 'echo', `turn ${turn}`], early: [OUTPUT] })
    expect((await readAll(container.attachments[0]!)).toString()).toBe(`turn ${turn}\n`)
    await container.monitor.gone
    expect(container.logged().map(({ log }) => log)).toEqual([`turn ${turn}\n`])
  }
})

test('framed connections tell stdout from stderr, and get only what they asked for', async () => {
  await using container = await start({
    command: 'echo out; echo err >&2; echo end',
    early: [FRAMED, { ...FRAMED, stdout: false }],
  })
  const [both, errors] = await Promise.all(container.attachments.map(readAll))
  expect(demultiplex(both!)).toEqual({ stdout: 'out\nend\n', stderr: 'err\n' })
  expect(demultiplex(errors!)).toEqual({ stdout: '', stderr: 'err\n' })
})

test('megabytes of output arrive whole and in order', async () => {
  await using container = await start({ command: 'seq 1 200000', early: [OUTPUT] })
  const text = (await readAll(container.attachments[0]!)).toString()
  expect(text.length).toBe(1_288_895)
  expect(text.endsWith('199999\n200000\n')).toBe(true)
  await container.monitor.gone
  const lines = container.logged()
  expect(lines.length).toBe(200_000)
  expect(lines.map(({ log }) => log).join('')).toBe(text)
})

test('input reaches the container, also what was typed before it started', async () => {
  await using container = await start({ command: 'cat', input: 'once', early: [ALL] })
  const [socket] = container.attachments
  socket!.write('before\n')
  await container.monitor.started
  socket!.end('after\n')
  expect((await readAll(socket!)).toString()).toBe('before\nafter\n')
  expect(await container.monitor.exited).toMatchObject({ code: 0 })
})

test('megabytes of input arrive whole, at the pace of the container', async () => {
  await using container = await start({ command: 'md5sum', input: 'once', early: [ALL] })
  const data = Buffer.alloc(5_000_000, 'some words that repeat ')
  container.attachments[0]!.end(data)
  const answer = (await readAll(container.attachments[0]!)).toString()
  expect(answer.split(' ')[0]).toBe(new Bun.CryptoHasher('md5').update(data).digest('hex'))
})

test('without stdin-once a client that ends its input leaves the container its own', async () => {
  await using container = await start({ command: 'cat', input: 'open', early: [ALL] })
  container.attachments[0]!.end('one\n')
  await seen(container.attachments[0]!, 'one\n')
  const second = await container.monitor.attach(ALL)
  second.write('two\n')
  expect(await seen(second, 'two\n')).toBe('two\n')
  container.monitor.closeStdin()
  expect(await container.monitor.exited).toMatchObject({ code: 0 })
})

test('a container that closes its input takes no harm from what is typed', async () => {
  await using container = await start({ command: 'exec 0<&-; sleep 0.2; echo alive', input: 'open', early: [ALL] })
  await container.monitor.started
  container.attachments[0]!.write(Buffer.alloc(300_000))
  expect(await seen(container.attachments[0]!, 'alive')).toContain('alive')
})

test('a slow client holds the container back, but neither its end nor its report', async () => {
  await using container = await start({ command: 'yes', early: [OUTPUT], log: false })
  const [slow] = container.attachments
  slow!.pause()
  await container.monitor.started
  await Bun.sleep(300)
  const before = cpuTicks(container.id)
  await Bun.sleep(300)
  expect(cpuTicks(container.id) - before).toBeLessThan(5)
  container.monitor.kill(9)
  expect(await container.monitor.exited).toMatchObject({ code: 137 })
  const bytes = await readAll(slow!.resume())
  expect(bytes.length).toBeGreaterThan(1 << 20)
})

test('a client that goes away does not disturb the container, nor other clients', async () => {
  await using container = await start({
    command: 'seq 1 100000; cat; seq 1 1000',
    early: [OUTPUT, OUTPUT],
    input: 'open',
  })
  const [leaving, staying] = container.attachments
  leaving!.once('data', () => leaving!.destroy())
  const all = readAll(staying!)
  await container.monitor.started
  container.monitor.closeStdin()
  expect((await all).toString().endsWith('999\n1000\n')).toBe(true)
  expect(await container.monitor.exited).toMatchObject({ code: 0 })
})

test('connections that speak nonsense are dropped and change nothing', async () => {
  await using container = await start({ command: 'cat', input: 'open' })
  await container.monitor.started
  for (const words of [
    'hello\n',
    'attach stdin=1\n',
    'x'.repeat(5000),
    '\n',
    'control\nkill 99999\nkill -5\nresize 1\nfly\n',
  ]) {
    using door = shortSocketPath(container.launch.socketPath)
    const socket = connect({ path: door.path })
    socket.on('error', () => {})
    await new Promise(resolve => socket.once('connect', resolve))
    socket.write(words)
    await Bun.sleep(10)
    socket.destroy()
  }
  container.monitor.closeStdin()
  expect(await container.monitor.exited).toMatchObject({ code: 0 })
})

test('the container outlives its daemon, and the next one finds it', async () => {
  await using container = await start({ command: 'trap "exit 5" TERM; while :; do echo tick; sleep 0.05; done' })
  const { pid } = await container.monitor.started
  container.monitor.leave()
  await Bun.sleep(100)
  const again = await reconnectMonitor(container.launch.socketPath)
  expect((await again!.started).pid).toBe(pid)
  const late = await again!.attach(OUTPUT)
  await seen(late, 'tick')
  again!.kill(15)
  expect(await again!.exited).toMatchObject({ code: 5 })
  await again!.gone
  expect(await reconnectMonitor(container.launch.socketPath)).toBeUndefined()
  expect(await readExitFile(container.launch.exitFile!)).toMatchObject({ code: 5 })
})

test('with its client and daemon dying together, an interactive container keeps its input', async () => {
  await using container = await start({ command: 'cat', input: 'once', early: [ALL] })
  await container.monitor.started
  container.attachments[0]!.destroy()
  container.monitor.leave()
  await Bun.sleep(200)
  const again = await reconnectMonitor(container.launch.socketPath)
  const client = await again!.attach(ALL)
  client.write('still here\n')
  expect(await seen(client, 'still here')).toContain('still here')
  again!.kill(9)
  await again!.gone
})

test('with its daemon there, a client that hangs up ends the input of a stdin-once container', async () => {
  await using container = await start({ command: 'cat', input: 'once', early: [ALL] })
  await container.monitor.started
  container.attachments[0]!.destroy()
  expect(await container.monitor.exited).toMatchObject({ code: 0 })
})

test('a monitor that is killed is reported as lost', async () => {
  await using container = await start({ command: 'sleep 100' })
  const { pid } = await container.monitor.started
  for (const monitor of processesNaming(container.id)) process.kill(monitor, 'SIGKILL')
  await expect(container.monitor.exited).rejects.toMatchObject({ code: 'MONITOR_LOST' })
  await container.monitor.gone
  expect(await reconnectMonitor(container.launch.socketPath)).toBeUndefined()
  process.kill(pid, 'SIGKILL')
  await container.cgroups.remove(container.cgroupsPath)
  await rm(`${container.launch.runtime.root}/${container.id}`, { recursive: true })
})

test('a command that is not there is told in the words of the runtime, and nothing is left', async () => {
  await using container = await start({ command: ['no-such-program'], early: [OUTPUT] })
  const output = readAll(container.attachments[0]!)
  await expect(container.monitor.started).rejects.toMatchObject({
    code: 'RUNTIME_COMMAND_NOT_FOUND',
    message: expect.stringContaining('`no-such-program` not found'),
  })
  await container.monitor.gone
  expect((await output).toString()).toBe('')
  expect(await readExitFile(container.launch.exitFile!)).toBeUndefined()
})

test('a layer that is not there, and a runtime that is not there, are named', async () => {
  await using layer = await start({ command: 'true', rootfs: { lower: ['/nowhere/layer'] } })
  await expect(layer.monitor.started).rejects.toThrow('open /nowhere/layer: No such file or directory')
  await using runtime = await start({
    command: 'true',
    launch: { runtime: { path: '/nowhere/crun', root: '/nowhere', plainState: true } },
  })
  await expect(runtime.monitor.started).rejects.toThrow('start runtime /nowhere/crun: No such file or directory')
})

test('a start that hangs can be killed', async () => {
  const hanging = { path: '/bin/sleep', root: '100', plainState: true }
  await using container = await start({ command: 'true', launch: { runtime: { ...hanging, args: ['100'] } } })
  const refused = container.monitor.started.catch(fault => fault)
  await Bun.sleep(20)
  container.monitor.kill(9)
  expect(await refused).toMatchObject({ code: 'RUNTIME_START_FAILED' })
})

test('a socket path may be longer than the kernel allows', async () => {
  await using outer = await start({ command: 'true' })
  const deep = `${outer.directory}/${'d'.repeat(120)}`
  mkdirSync(deep)
  await using container = await start({
    command: 'tty',
    terminal: { rows: 24, columns: 80 },
    launch: { socketPath: `${deep}/monitor.sock` },
    early: [OUTPUT],
  })
  expect((await readAll(container.attachments[0]!)).toString()).toContain('/dev/')
  expect(await container.monitor.exited).toMatchObject({ code: 0 })
})

test('an idle monitor takes little memory and no time', async () => {
  await using container = await start({ command: 'seq 1 100000; exec sleep 100', early: [OUTPUT] })
  await seen(container.attachments[0]!, '100000\n')
  const [pid] = processesNaming(container.id)
  const before = cpuTicks(container.id)
  await Bun.sleep(3300)
  // The pages of the program are shared by all monitors.
  const own = Number(/^Private_Dirty:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1])
  expect(own).toBeLessThan(200)
  expect(cpuTicks(container.id) - before).toBeLessThan(3)
})

/** The processor time of a container's monitor, in hundredths of a second. */
function cpuTicks(id: string): number {
  const [pid] = processesNaming(id)
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function demultiplex(bytes: Buffer): { stdout: string; stderr: string } {
  const texts = { stdout: '', stderr: '' }
  const frames = new Demultiplexer((kind, piece) => {
    texts[kind === 2 ? 'stderr' : 'stdout'] += Buffer.from(piece).toString()
  })
  frames.push(bytes)
  expect(frames.isComplete).toBe(true)
  return texts
}
