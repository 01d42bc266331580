import { afterAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { ALL, OUTPUT, processesNaming, readAll, removeShared, seen, start } from './monitor.kit.ts'

afterAll(removeShared)

test('a terminal has the size it was asked for before the process sees it', async () => {
  await using container = await start({
    command: 'sleep 0.1; stty size; tty',
    terminal: { rows: 33, columns: 101 },
    early: [OUTPUT],
  })
  const text = (await readAll(container.attachments[0]!)).toString()
  expect(text).toContain('33 101\r\n')
  expect(text).toContain('/dev/')
})

test('a resize arrives as a signal with the new size, also one asked for before the start', async () => {
  await using container = await start({
    command: 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.05; done',
    terminal: { rows: 24, columns: 80 },
    early: [OUTPUT],
  })
  await seen(container.attachments[0]!, 'ready')
  container.monitor.resize(50, 132)
  expect((await readAll(container.attachments[0]!)).toString()).toContain('50 132')
  await using early = await start({
    command: 'sleep 0.1; stty size',
    terminal: { rows: 24, columns: 80 },
    early: [OUTPUT],
  })
  early.monitor.resize(11, 22)
  expect((await readAll(early.attachments[0]!)).toString()).toContain('11 22')
})

test('what is typed is echoed and read; the end of a client does not end the terminal', async () => {
  await using container = await start({
    command: 'read a; echo "got $a"; read b; echo "then $b"',
    terminal: { rows: 24, columns: 80 },
    input: 'once',
    early: [ALL],
  })
  const first = container.attachments[0]!
  first.end('one\n')
  expect(await seen(first, 'got one')).toContain('one\r\n')
  const second = await container.monitor.attach(ALL)
  second.write('two\n')
  expect(await seen(second, 'then two')).toContain('two\r\n')
  expect(await container.monitor.exited).toMatchObject({ code: 0 })
})

test('an interrupt that is typed reaches the foreground', async () => {
  await using container = await start({
    command: 'trap "echo caught; exit 3" INT; echo ready; while :; do sleep 0.05; done',
    terminal: { rows: 24, columns: 80 },
    input: 'open',
    early: [ALL],
  })
  await seen(container.attachments[0]!, 'ready')
  container.attachments[0]!.write('\x03')
  await seen(container.attachments[0]!, 'caught')
  expect(await container.monitor.exited).toMatchObject({ code: 3 })
})

test('every byte written to a terminal just before the exit arrives', async () => {
  for (let turn = 0; turn < 5; turn++) {
    await using container = await start({
      command: ['/bin/seq', '1', '2000'],
      terminal: { rows: 24, columns: 80 },
      early: [OUTPUT],
    })
    const lines = (await readAll(container.attachments[0]!)).toString().split('\r\n')
    expect(lines.length).toBe(2001)
    await container.monitor.gone
    expect(container.logged().length).toBe(2000)
    expect(container.logged()[0]).toMatchObject({ log: '1\r\n', stream: 'stdout' })
  }
})

test('a container that closes its terminal for a while costs no time, and is heard again', async () => {
  await using container = await start({
    command: 'echo begin; exec </dev/null >/dev/null 2>&1; sleep 0.5; exec >/dev/pts/0; echo again',
    terminal: { rows: 24, columns: 80 },
    early: [OUTPUT],
  })
  await seen(container.attachments[0]!, 'begin')
  const before = ticks(container.id)
  await Bun.sleep(300)
  expect(ticks(container.id) - before).toBeLessThan(3)
  expect(await seen(container.attachments[0]!, 'again')).toContain('again')
})

test('the text of a failed start is told with a terminal too', async () => {
  await using container = await start({ command: ['nope'], terminal: { rows: 24, columns: 80 } })
  await expect(container.monitor.started).rejects.toMatchObject({ code: 'RUNTIME_COMMAND_NOT_FOUND' })
})

function ticks(id: string): number {
  const [pid] = processesNaming(id)
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}
