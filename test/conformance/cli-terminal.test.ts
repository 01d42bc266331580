import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'

/** Both programs on a terminal: size, signals, detaching, and a terminal that is left as it was. */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const PROGRAMS: Record<string, string> = { docker: 'docker', berth: `${import.meta.dir}/../../dist/berth` }

/** A program on a terminal of 40 lines and 120 columns, which one can type to and look at. */
function onTerminal(program: string, args: string[]) {
  let shown = ''
  const child = Bun.spawn([program, ...args], {
    env: { ...process.env, DOCKER_HOST: daemon.host, BERTH_HOST: daemon.host },
    terminal: {
      rows: 40,
      cols: 120,
      data: (_, bytes) => {
        shown += Buffer.from(bytes).toString()
      },
    },
  })
  const terminal = child.terminal!
  return {
    type: (text: string) => void terminal.write(text),
    resize: (rows: number, columns: number) => terminal.resize(columns, rows),
    shows: (text: string) => until(`${JSON.stringify(text)} is shown`, () => shown.includes(text)),
    shown: () => shown,
    code: () => child.exited,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
      terminal.close()
    },
  }
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  describe(name, () => {
    const container = `terminal-${name}`

    test('gives the container its size, follows it, passes ctrl-c on, and ends with its exit code', async () => {
      using terminal = onTerminal(program, ['run', '-it', '--rm', 'busybox', 'sh'])
      await terminal.shows('# ')
      terminal.type('stty size\n')
      await terminal.shows('40 120\r\n')
      terminal.resize(30, 100)
      terminal.type('until stty size | grep 30; do sleep 0.1; done\n')
      await terminal.shows('30 100\r\n')
      terminal.type("sh -c 'echo at $((40 + 3)); exec sleep 1000'\n")
      await terminal.shows('at 43\r\n')
      terminal.type('\x03')
      terminal.type('echo still $((40 + 2))\n')
      await terminal.shows('still 42\r\n')
      expect(terminal.shown()).not.toContain('\r\r\n')
      terminal.type('exit 5\n')
      expect(await terminal.code()).toBe(5)
    })

    test('detaches by its keys, attaches again, and tells an attach from a run', async () => {
      {
        using terminal = onTerminal(program, ['run', '-it', '--name', container, 'busybox', 'sh'])
        await terminal.shows('# ')
        terminal.type('\x10')
        terminal.type('\x11')
        expect(await terminal.code()).toBe(0)
      }
      {
        using terminal = onTerminal(program, ['attach', container])
        terminal.type('echo again $((40 + 2))\n')
        await terminal.shows('again 42\r\n')
        terminal.type('\x10\x11')
        expect(await terminal.code()).toBe(1)
        expect(terminal.shown()).toEndWith('read escape sequence\r\n')
      }
      {
        using terminal = onTerminal(program, ['attach', '--detach-keys', 'a,b', container])
        await terminal.shows('# ')
        terminal.type('ab')
        expect(await terminal.code()).toBe(1)
      }
      await daemon.docker(['rm', '-f', container])
    })

    // crun gives an exec its size a moment after it has begun
    const SIZE = 'until stty size 2>/dev/null | grep "^40"; do sleep 0.1; done; exit 9'
    test('exec has a terminal of its own', async () => {
      await daemon.docker(['run', '-d', '--name', container, 'busybox', 'sleep', '1000'])
      using terminal = onTerminal(program, ['exec', '-it', container, 'sh', '-c', SIZE])
      expect(await terminal.code()).toBe(9)
      await terminal.shows('40 120\r\n')
      await daemon.docker(['rm', '-f', container])
    })

    test('passes ctrl-c to a container without a terminal as a signal', async () => {
      const script = 'trap "echo got; exit 3" INT; echo ready; while :; do sleep 0.1; done'
      using terminal = onTerminal(program, ['run', '--rm', 'busybox', 'sh', '-c', script])
      await terminal.shows('ready')
      terminal.type('\x03')
      expect(await terminal.code()).toBe(3)
      await terminal.shows('got\r\n')
    })
  })
}

test('berth leaves the terminal as it was', async () => {
  const line = `stty -g; ${PROGRAMS['berth']} run -it --rm busybox true; stty -g; echo end`
  using terminal = onTerminal('sh', ['-c', line])
  await terminal.shows('end')
  const settings = terminal.shown().match(/[0-9a-f]+(:[0-9a-f]+){10,}/g)!
  expect(settings).toHaveLength(2)
  expect(settings[1]).toBe(settings[0]!)
})
