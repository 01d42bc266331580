import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { descriptors, lives, send } from '../kit/hostile.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let running: string
beforeAll(async () => {
  daemon = await testDaemon({ flags: ['--debug'] })
  running = await clientOf(daemon, 'docker').out('run', '-d', '--name', 'running', '-t', 'busybox', 'sleep', '1000')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

const out = (...args: string[]) => clientOf(daemon, 'docker').out(...args)

/** A connection on which these bytes have been sent; what comes is kept in `heard`, unless `deaf`. */
async function sent(
  bytes: string,
  deaf = false,
): Promise<{ socket: Socket; heard: () => string; ended: Promise<void> }> {
  let heard = ''
  const socket = connect({ path: daemon.socket, allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const ended = new Promise<void>(resolve => socket.once('close', () => resolve()).once('end', () => resolve()))
  socket.on('error', () => {})
  if (!deaf)
    socket.on('data', data => {
      heard += data.toString('latin1')
    })
  socket.write(bytes)
  return { socket, heard: () => heard, ended }
}
const residentKilobytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid()}/status`, 'utf8'))?.[1])

/** Sockets that listen and belong to the daemon's process. */
function listening(): string[] {
  const own = readdirSync(`/proc/${daemon.pid()}/fd`).flatMap(fd => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${daemon.pid()}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })
  const lines = ['tcp', 'tcp6'].flatMap(kind => readFileSync(`/proc/${daemon.pid()}/net/${kind}`, 'utf8').split('\n'))
  return lines
    .map(line => line.trim().split(/\s+/))
    .filter(parts => parts[3] === '0A' && own.includes(parts[9] ?? ''))
    .map(parts => parts[1] ?? '')
}

describe('who may speak to the daemon', () => {
  test('CVE-2014-3499: the socket is for root and one group', () => {
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o660)
    expect(statSync(daemon.socket).uid).toBe(0)
  })

  test('CVE-2014-5279, CVE-2025-9074, CVE-2021-4024: it listens on no address of the network, and a container reaches it by none', async () => {
    expect(listening()).toEqual([])
    const gateway = await out('inspect', '--format', '{{.NetworkSettings.Gateway}}', running)
    for (const port of ['2375', '2376']) {
      const reached = await daemon.docker(['exec', running, 'nc', '-w', '1', '-z', gateway, port])
      expect(reached.code).not.toBe(0)
    }
  })

  test('debug surfaces are not there [class]', async () => {
    const paths = [
      '/debug/pprof/',
      '/debug/vars',
      '/debug/requests',
      '/metrics',
      '/json/list',
      '/json/version',
      '/bun:info',
      '/_bun/x',
      '/src/main.ts',
      '/../etc/passwd',
    ]
    for (const path of [...paths, ...paths.map(path => `/v1.44${path}`)]) {
      expect([path, (await daemon.api('GET', path)).status]).toEqual([path, 404])
    }
    expect((await daemon.api('TRACE', '/_ping')).status).toBeGreaterThanOrEqual(400)
  })
})

test('CVE-2014-5278: a container named like another’s id does not catch its commands', async () => {
  for (const name of [running, running.slice(0, 12)]) {
    const created = await send(daemon, 'POST', `/containers/create?name=${name}`, '{"Image":"busybox","Cmd":["true"]}')
    const inspected = (await (await daemon.api('GET', `/containers/${running}/json`)).json()) as { Id: string }
    expect(inspected.Id).toBe(running)
    if (created.status === 201) await daemon.api('DELETE', `/containers/${JSON.parse(created.text).Id}`)
  }
})

test('CVE-2024-41110, CVE-2026-40912: a path is what it is routed by: one spelling, one operation', async () => {
  const spellings = [
    '/containers/running/../running/json',
    '//containers/running/json',
    '/containers//running/json',
    '/containers/running/./json',
    '/containers/running%2fjson',
    '/CONTAINERS/running/json',
    '/containers/%2e%2e/json',
    '/containers/running/json%00',
    '/containers\\running\\json',
    '/v1.44/v1.44/containers/running/json',
  ]
  for (const path of spellings) {
    const { socket, heard, ended } = await sent(`GET ${path} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n`)
    await ended
    socket.destroy()
    expect([path, heard().slice(9, 12)]).toEqual([path, expect.stringMatching(/^(400|404)$/)])
  }
})

test('CVE-2018-20699: lists of processors and memory nodes of any length cost nothing', async () => {
  const before = residentKilobytes()
  for (const list of [
    '0-2147483647',
    '0-9223372036854775807',
    Array(50_000).fill('0-99999').join(','),
    '1-0',
    '-',
    ',,,,',
  ]) {
    for (const field of ['CpusetCpus', 'CpusetMems']) {
      const body = JSON.stringify({ Image: 'busybox', HostConfig: { [field]: list } })
      expect((await send(daemon, 'POST', '/containers/create', body)).status).toBe(400)
    }
  }
  expect(residentKilobytes() - before).toBeLessThan(100_000)
})

test('CVE-2022-23471: a resize after the end, or before the start, is refused and leaves nothing', async () => {
  const ended = await out('run', '-d', '-t', 'busybox', 'true')
  await out('wait', ended)
  const { Id } = JSON.parse(
    (await send(daemon, 'POST', `/containers/${running}/exec`, '{"Cmd":["true"],"Tty":true}')).text,
  )
  const before = descriptors(daemon)
  for (let round = 0; round < 100; round++) {
    expect((await daemon.api('POST', `/containers/${ended}/resize?h=10&w=10`)).status).toBe(409)
    expect((await daemon.api('POST', `/exec/${Id}/resize?h=10&w=10`)).status).toBe(409)
  }
  for (const size of ['h=-1&w=1', 'h=x&w=1', 'h=99999999999&w=1', 'h=1e9&w=1', 'h=65536&w=0'])
    expect((await daemon.api('POST', `/containers/${running}/resize?${size}`)).status).toBe(400)
  expect(descriptors(daemon)).toBeLessThan(before + 4)
  await out('rm', ended)
})

describe('clients that go away', () => {
  const REQUESTS: [string, () => Promise<string>][] = [
    [
      'attach',
      async () =>
        `POST /v1.44/containers/${running}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
    ],
    ['logs -f', async () => `GET /v1.44/containers/${running}/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n`],
    ['events', async () => 'GET /v1.44/events HTTP/1.1\r\nHost: d\r\n\r\n'],
    ['wait', async () => `POST /v1.44/containers/${running}/wait HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n`],
    [
      'an upload that stops',
      async () => 'POST /v1.44/images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 99999999\r\n\r\nabc',
    ],
    [
      'a PUT that stops',
      async () =>
        `PUT /v1.44/containers/${running}/archive?path=/ HTTP/1.1\r\nHost: d\r\nContent-Length: 99999999\r\n\r\nabc`,
    ],
  ]
  test.each(REQUESTS)(
    'CVE-2025-64329, moby #45052, #13014, #37391: %s leaves no descriptor and no process',
    async (_, request) => {
      const children = () =>
        readFileSync(`/proc/${daemon.pid()}/task/${daemon.pid()}/children`, 'utf8').split(' ').filter(Boolean).length
      const before = [descriptors(daemon), children()]
      for (let round = 0; round < 15; round++) {
        const { socket } = await sent(await request())
        await Bun.sleep(5)
        socket.destroy()
      }
      await until('all is given back', () => descriptors(daemon) < before[0]! + 4 && children() <= before[1]!)
    },
  )
})

test('CVE-2022-31030, CVE-2022-1708: what an exec prints is not collected for a client that does not read', async () => {
  const before = residentKilobytes()
  const create = JSON.stringify({ Cmd: ['sh', '-c', 'head -c 400000000 /dev/zero; sleep 1000'], AttachStdout: true })
  const { Id } = JSON.parse((await send(daemon, 'POST', `/containers/${running}/exec`, create)).text)
  const start = `POST /v1.44/exec/${Id}/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n{}`
  const { socket } = await sent(start, true)
  await until(
    'the exec runs',
    async () => ((await (await daemon.api('GET', `/exec/${Id}/json`)).json()) as { Running: boolean }).Running,
  )
  await Bun.sleep(1000)
  expect(residentKilobytes() - before).toBeLessThan(60_000)
  socket.destroy()
  await out('restart', '-t', '0', running)
})

test('CVE-2023-44487, CVE-2023-39325, CVE-2026-97032, CVE-2026-78659, CVE-2026-78663, CVE-2026-78669: HTTP/2 is spoken at BuildKit’s two doors alone', async () => {
  const preface = await sent('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0')
  await preface.ended
  expect(preface.heard()).not.toContain('\0\0')
  expect(preface.heard()).toMatch(/^(HTTP\/1\.1 4|$)/)
  const h2c = await sent(
    'GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
  )
  await until('it is answered', () => h2c.heard().includes('OK'))
  expect(h2c.heard()).toStartWith('HTTP/1.1 200')
  h2c.socket.destroy()
})

test('CVE-2026-73500, CVE-2026-22045, G112: three hundred clients that say nothing, or half a word, keep nobody out', async () => {
  const before = descriptors(daemon)
  const silent = await Promise.all(
    Array.from({ length: 300 }, (_, index) => sent(index % 2 ? '' : 'GET /_ping HTTP/1.1\r\nHos')),
  )
  expect((await daemon.api('GET', '/_ping')).status).toBe(200)
  for (const { socket } of silent) socket.destroy()
  await until('all is given back', () => descriptors(daemon) < before + 5)
})

describe('what is sent', () => {
  test('CVE-2026-21710: __proto__, constructor and toString as header, query and key change nothing', async () => {
    const { heard, ended } = await sent(
      'GET /v1.44/containers/json?__proto__=1&constructor=2&filters={"__proto__":["x"]} HTTP/1.1\r\nHost: d\r\n__proto__: x\r\nconstructor: y\r\nConnection: close\r\n\r\n',
    )
    await ended
    expect(heard()).toMatch(/^HTTP\/1\.1 (200|400)/)
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect((await daemon.api('GET', `/v1.44/containers/json?filters={"${key}":["x"]}`)).status).toBe(400)
    const body =
      '{"Image":"busybox","Cmd":["true"],"__proto__":{"HostConfig":{"Privileged":true}},"HostConfig":{"__proto__":{"Privileged":true},"constructor":{"prototype":{"Privileged":true}},"Sysctls":{"__proto__":"1"},"PortBindings":{"__proto__":[{"HostPort":"1"}]}},"Labels":{"__proto__":"l","toString":"t"},"ExposedPorts":{"toString":{}},"NetworkingConfig":{"EndpointsConfig":{"__proto__":{}}}}'
    const created = await send(daemon, 'POST', '/containers/create', body)
    expect([201, 400]).toContain(created.status)
    const after = await send(daemon, 'POST', '/containers/create', '{"Image":"busybox","Cmd":["true"]}')
    const { Id } = JSON.parse(after.text)
    const { HostConfig } = (await (await daemon.api('GET', `/containers/${Id}/json`)).json()) as {
      HostConfig: { Privileged: boolean }
    }
    expect(HostConfig.Privileged).toBe(false)
    for (const { text, status } of [created, after])
      if (status === 201) await daemon.api('DELETE', `/containers/${JSON.parse(text).Id}`)
  })

  test('numbers above 2^53 are refused or kept, never rounded [class]', async () => {
    for (const number of [
      '9007199254740993',
      '9223372036854775807',
      '9223372036854775808',
      '1e300',
      '-1e300',
      '1e400',
      '0.5',
    ]) {
      for (const field of ['Memory', 'NanoCpus', 'CpuShares', 'PidsLimit', 'ShmSize', 'OomScoreAdj', 'BlkioWeight']) {
        const created = await send(
          daemon,
          'POST',
          '/containers/create',
          `{"Image":"busybox","Cmd":["true"],"HostConfig":{"${field}":${number}}}`,
        )
        expect([field, number, created.status, created.text]).not.toEqual([field, number, 500, created.text])
        if (created.status !== 201) continue
        const { Id } = JSON.parse(created.text)
        const text = await (await daemon.api('GET', `/containers/${Id}/json`)).text()
        expect([field, number, new RegExp(`"${field}":${number}[,}]`).test(text)]).toEqual([field, number, true])
        await daemon.api('DELETE', `/containers/${Id}`)
      }
    }
  })

  test('slow patterns, deep nesting and many keys hold nobody up [class; CVE-2026-21717]', async () => {
    const name = `${'a'.repeat(40)}-`
    await out('create', '--name', name, 'busybox')
    for (const pattern of ['^(a+)+$', '(a|a)*$b', '(a*)*b', '(.*a){30}b']) {
      const filters = encodeURIComponent(JSON.stringify({ name: [pattern] }))
      expect((await daemon.api('GET', `/v1.44/containers/json?all=1&filters=${filters}`)).status).toBe(200)
    }
    await out('rm', name)
    const depth = 1_000_000
    const bodies = [
      '['.repeat(depth),
      '{"Labels":'.repeat(depth / 4),
      `${'{"HostConfig":'.repeat(200_000)}{}${'}'.repeat(200_000)}`,
      `{"Image":"busybox","Labels":${'['.repeat(depth)}${']'.repeat(depth)}}`,
      `{"Image":"${'a/'.repeat(1_000_000)}"}`,
      `{"Image":"busybox","Cmd":["true"],"Labels":{${Array.from({ length: 150_000 }, (_, key) => `"${key * 65_536}":""`).join()}}}`,
      `{"Image":"busybox","Cmd":["true"],"Env":[${Array.from({ length: 300_000 }, () => '"A=b"').join()}]}`,
    ]
    for (const [place, body] of bodies.entries()) {
      const { status, text } = await send(daemon, 'POST', '/containers/create', body)
      expect([place, status, status === 500 ? text : '']).toEqual([place, expect.any(Number), ''])
      if (status === 201) await daemon.api('DELETE', `/containers/${JSON.parse(text).Id}`)
    }
    const tag = encodeURIComponent('a'.repeat(10_000) + '-'.repeat(10_000))
    expect((await daemon.api('GET', `/images/${tag}/json`)).status).toBeLessThan(500)
    expect(await lives(daemon)).toBe(true)
  }, 60_000)

  test('CVE-2024-27982, CVE-2026-1525: a message with two lengths is one message or none', async () => {
    const inner = 'DELETE /v1.44/containers/running?force=1 HTTP/1.1\r\nHost: d\r\n\r\n'
    const heads = [
      `Content-Length: 0\r\nContent-Length: ${inner.length}`,
      `Content-Length: ${inner.length}\r\nTransfer-Encoding: chunked`,
      `Transfer-Encoding: chunked\r\nContent-Length: ${inner.length}`,
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding: chunked, identity',
      `Transfer-Encoding\r\n : chunked`,
      `Content-Length: 0x${inner.length.toString(16)}`,
      `Content-Length: +${inner.length}`,
      ` Content-Length: ${inner.length}`,
    ]
    for (const head of heads) {
      const { socket, ended } = await sent(
        `POST /v1.44/containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n${head}\r\n\r\n0\r\n\r\n${inner}`,
      )
      await Promise.race([ended, Bun.sleep(200)])
      socket.destroy()
    }
    expect(await out('inspect', '--format', '{{.State.Running}}', 'running')).toBe('true')
  })

  test('one loop for all: a stream that trickles and a client that reads nothing hold nobody up [class]', async () => {
    const upload = await sent('POST /v1.44/images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n')
    const deaf = await sent('GET /v1.44/images/busybox/get HTTP/1.1\r\nHost: d\r\n\r\n', true)
    for (let round = 0; round < 20; round++) {
      upload.socket.write('1\r\n\0\r\n')
      expect((await daemon.api('GET', '/_ping')).status).toBe(200)
    }
    upload.socket.destroy()
    deaf.socket.destroy()
  })

  test('arguments do not become options of programs that are started [class of CVE-2019-13139, CVE-2026-55887]', async () => {
    for (const word of ['--help', '-v', '--root=/x', '--', '--privileged']) {
      const ran = await daemon.docker(['exec', running, word])
      expect(ran.stderr + ran.stdout).toMatch(/executable file not found|no such file or directory/)
    }
    for (const ps of ['--version', '-o pid,comm --help', '; id', '$(id)', '-o pid --sort=`id`']) {
      const { status, text } = await send(daemon, 'GET', `/containers/${running}/top?ps_args=${encodeURIComponent(ps)}`)
      expect([ps, status]).not.toEqual([ps, 500])
      expect(text).not.toContain('uid=0')
    }
    for (const name of ['--help', '-d', '--'])
      expect((await send(daemon, 'POST', `/containers/create?name=${name}`, '{"Image":"busybox"}')).status).toBe(400)
    for (const Runtime of ['--debug', '../../bin/sh', '/bin/sh', ''])
      if (Runtime)
        expect(
          (
            await send(
              daemon,
              'POST',
              '/containers/create',
              JSON.stringify({ Image: 'busybox', HostConfig: { Runtime } }),
            )
          ).status,
        ).toBe(400)
  })
})

test('nothing went past its handler [class: one uncaught exception ends all]', async () => {
  expect(daemon.log()).not.toMatch(/uncaught exception|unhandled rejection/)
  expect(await lives(daemon)).toBe(true)
})
