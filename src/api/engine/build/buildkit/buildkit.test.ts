import { expect, test } from 'bun:test'
import type { CachePrune } from '../../../../engine/build/cache/prune-query.ts'
import type { BuildProgress, BuildRequest, RunBuild } from '../../../../engine/build/contract.ts'
import type { BuildRecord } from '../../../../engine/build/history/build-record.ts'
import { digestOf } from '../../../../formats/digest/digest.ts'
import { CONTROL, type SolveRequestMessage, type StatusMessage } from '../../../../wire/buildkit/control.ts'
import { BUILD_ID, GATEWAY } from '../../../../wire/buildkit/gateway.ts'
import { HISTORY } from '../../../../wire/buildkit/history.ts'
import { SESSION } from '../../../../wire/buildkit/session.ts'
import { wireMode } from '../../../../wire/directory/file-mode.ts'
import { sendDirectory } from '../../../../wire/directory/send-directory.ts'
import { callOnce, openCall } from '../../../../wire/grpc/client.ts'
import { type ServerMethods, streaming, unary } from '../../../../wire/grpc/server.ts'
import { GrpcError } from '../../../../wire/grpc/status.ts'
import type { Http2Connection } from '../../../../wire/http2/connection.ts'
import { testServer } from '../../../http/testing/raw.ts'
import { buildkitFaults } from './faults.ts'
import { buildkitOperations } from './operations.ts'
import { openSession, upgraded } from './testing/session-peer.ts'

const step = { digest: digestOf('step'), inputs: [], name: '[1/1] RUN make', started: 5_000_000_001n }
const answer = { 'containerimage.digest': digestOf('image') }
const builds = (run: (...args: Parameters<RunBuild>) => Promise<void> | void): RunBuild => {
  return async (request, report, signal) => {
    await run(request, report, signal)
    return { ref: request.ref, platforms: [], response: answer }
  }
}

/** What a client offers on its session: one directory, one secret. */
const offered: ServerMethods = {
  [SESSION.directory.path]: streaming(SESSION.directory.request, SESSION.directory.response, call =>
    sendDirectory(
      { incoming: call.requests, send: call.send },
      (async function* () {
        yield {
          stat: { path: call.metadata['dir-name']?.[0] ?? '', mode: wireMode('file', 0o644), size: 2 },
          open: async function* () {
            yield Buffer.from('hi')
          },
        }
      })(),
    ),
  ),
  [SESSION.secret.path]: unary(SESSION.secret.request, SESSION.secret.response, ({ id }) => {
    if (id !== 'token') throw new GrpcError('NOT_FOUND', 'not found')
    return { data: Buffer.from('hunter2') }
  }),
}

const record = {
  id: 'step1',
  type: 'regular' as const,
  description: 'RUN make',
  inUse: false,
  shared: false,
  mutable: false,
  size: 7,
  created: 1_000,
  used: 2_000,
  uses: 3,
}
const pruned: CachePrune[] = []
const upkeep = {
  list: async () => [record, { ...record, id: 'mount1', type: 'exec.cachemount' as const }],
  prune: async (asked: CachePrune) => {
    pruned.push(asked)
    return [record]
  },
}

const past: BuildRecord = {
  ref: 'old',
  name: 'shop',
  dockerfile: 'Dockerfile',
  target: 'app',
  platforms: [],
  started: 1_000,
  completed: 3_000,
  status: 'error',
  error: 'broken',
  steps: [{ digest: step.digest, name: step.name, inputs: [], started: '1', completed: '2', cached: true }],
  response: {},
  pinned: false,
}
const removed: string[] = []
const history = {
  list: () => [past],
  get: (ref: string) => (ref === 'old' ? past : undefined),
  async *logs() {
    yield { vertex: step.digest, stream: 1 as const, bytes: Buffer.from('said then\n'), timestamp: 1n }
  },
  pin: () => true,
  remove: (ref: string) => removed.push(ref) > 0,
  listen: () => ({ [Symbol.dispose]: () => {} }),
}

async function builder(build: RunBuild) {
  const server = await testServer(
    buildkitOperations({ build, upkeep, history, worker: () => ({ id: 'w', version: '1.2.3' }) }),
  )
  const connection = await upgraded(server.path, '/grpc', {}, { role: 'client' })
  const session = await openSession(server.path, 's1', offered)
  return {
    server,
    connection,
    session,
    [Symbol.asyncDispose]: async () => {
      connection.close()
      session.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const DOCKERFILE: Partial<SolveRequestMessage> = { ref: 'r1', session: 's1', frontend: 'dockerfile.v0' }
const solve = (connection: Http2Connection, more: Partial<SolveRequestMessage> = {}, signal?: AbortSignal) =>
  callOnce(connection, CONTROL.solve, { ...DOCKERFILE, ...more }, signal && { signal })
const attributes = (given: Record<string, string>) => ({ frontendAttributes: given })

async function requestOf(more: Partial<SolveRequestMessage>): Promise<BuildRequest> {
  const asked = Promise.withResolvers<BuildRequest>()
  await using door = await builder(builds(asked.resolve))
  await solve(door.connection, more)
  return await asked.promise
}

test('what a client says of a build is what the builder is asked for', async () => {
  const request = await requestOf({
    ...attributes({
      filename: 'sub/Dockerfile.prod',
      target: 'app',
      platform: 'linux/amd64,linux/arm64',
      'build-arg:VERSION': '1=2',
      'build-arg:SOURCE_DATE_EPOCH': '1700000000',
      'label:a.b': 'c',
      'no-cache': 'one,two',
      'image-resolve-mode': 'pull',
      'force-network-mode': 'host',
      'add-hosts': 'db=10.0.0.1,v6=::1',
      'shm-size': '67108864',
      ulimit: 'nofile=1024:2048,nproc=5',
      'context:base': 'docker-image://busybox@sha256:aa',
      'context:src': 'https://example.org/x.git#main',
      'attest:provenance': 'mode=max,builder-id=x',
      'attest:sbom': 'disabled=true',
    }),
    exporters: [
      { type: 'moby', attributes: { name: 'a,b' } },
      { type: 'local', attributes: {} },
    ],
    cache: {
      exportReference: '',
      importReferences: [],
      exportAttributes: {},
      exports: [{ type: 'inline', attributes: {} }],
      imports: [{ type: 'registry', attributes: { ref: 'r' } }],
    },
    entitlements: ['network.host'],
  })
  expect(request).toMatchObject({
    ref: 'r1',
    name: 'shop',
    dockerfile: { name: 'sub/Dockerfile.prod' },
    target: 'app',
    buildArgs: { VERSION: '1=2' },
    labels: { 'a.b': 'c' },
    noCache: ['one', 'two'],
    pull: true,
    network: 'host',
    extraHosts: ['db:10.0.0.1', 'v6:::1'],
    limits: {
      ShmSize: 67108864,
      Ulimits: [
        { Name: 'nofile', Soft: 1024, Hard: 2048 },
        { Name: 'nproc', Soft: 5, Hard: 5 },
      ],
    },
    entitlements: ['network.host'],
    sourceDateEpoch: 1_700_000_000,
    attestations: { provenance: { mode: 'max', 'builder-id': 'x' } },
    exports: [
      { type: 'image', attributes: { name: 'a,b' }, id: '0' },
      { type: 'local', id: '1' },
    ],
    cacheFrom: [{ type: 'registry', attributes: { ref: 'r' } }],
    cacheTo: [{ type: 'inline' }],
  })
  expect(request.platforms.map(({ architecture }) => architecture)).toEqual(['amd64', 'arm64'])
  expect(request.attestations.sbom).toBeUndefined()
  expect(request.contexts).toMatchObject({
    context: { kind: 'client', name: 'context' },
    dockerfile: { kind: 'client', name: 'dockerfile' },
    base: { kind: 'image', reference: 'busybox@sha256:aa' },
    src: { kind: 'git', url: 'https://example.org/x.git#main' },
  })
})

test('nothing said is the usual', async () => {
  expect(await requestOf(attributes({ 'no-cache': '' }))).toMatchObject({
    dockerfile: { name: 'Dockerfile' },
    noCache: true,
    pull: false,
    network: 'default',
    platforms: [],
    exports: [],
  })
})

test.each([
  ['platform', '/'],
  ['ulimit', 'nofile'],
  ['shm-size', '1x'],
  ['add-hosts', 'nohost'],
  ['build-arg:SOURCE_DATE_EPOCH', 'now'],
  ['cache-imports', '{'],
  ['context:x', 'gopher://x'],
  ['context:x', 'input:y'],
  ['context:x', 'oci-layout://x'],
])('%s=%s is refused by its name', async (name, value) => {
  await using door = await builder(builds(() => {}))
  const failure = await solve(door.connection, attributes({ [name]: value })).catch(error => error)
  expect(failure).toBeInstanceOf(GrpcError)
  expect(failure.message).toContain(name.replace('build-arg:', '').replace(/^context:x$/, ''))
})

test('a build asks its client for files and secrets', async () => {
  const seen: Record<string, string> = {}
  await using door = await builder(
    builds(async ({ client }, _, signal) => {
      const directory = client.directory('context')!
      seen.key = directory.sharedKey
      const nothing = async () => {}
      const writer = { previous: new Map(), keep: () => {}, directory: nothing, symlink: nothing, link: nothing }
      const file = (path: string) => ({
        write: async (data: Uint8Array) => {
          seen[path] = Buffer.from(data).toString()
        },
        end: nothing,
      })
      await directory.sync({ ...writer, file }, {}, signal, () => {})
      seen.secret = Buffer.from((await client.secret('token'))!).toString()
      seen.other = String(await client.secret('other'))
      seen.ssh = String(await client.ssh('default'))
      seen.credentials = String(await client.credentials('docker.io'))
    }),
  )
  await solve(door.connection)
  expect(seen).toEqual({
    key: 'shop:1/context',
    context: 'hi',
    secret: 'hunter2',
    other: 'undefined',
    ssh: 'undefined',
    credentials: 'undefined',
  })
})

/** All that the progress of a build tells. */
async function progressOf(connection: Http2Connection, ref: string): Promise<StatusMessage[]> {
  const call = await openCall(connection, CONTROL.status)
  await call.send({ ref })
  await call.end()
  const told: StatusMessage[] = []
  for await (const status of call.responses) told.push(status)
  return told
}

test('progress is told to who asked before the build began and to who asks after it', async () => {
  await using door = await builder(
    builds((_, report) => {
      report({ vertex: step })
      report({ log: { vertex: step.digest, stream: 2, bytes: Buffer.from('hm\n'), timestamp: 6n } })
      report({ vertex: { ...step, completed: 7_000_000_000n } })
    }),
  )
  const early = progressOf(door.connection, 'r1')
  expect((await solve(door.connection)).exporterResponse).toEqual(answer)
  await solve(door.connection, { ref: 'r2' })
  for (const told of [await early, await progressOf(door.connection, 'r2')]) {
    const last = told.flatMap(({ vertexes }) => vertexes).at(-1)
    expect(last).toMatchObject({ name: step.name, started: { seconds: 5, nanos: 1 }, completed: { seconds: 7 } })
  }
  expect((await early).flatMap(({ logs }) => logs).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['hm\n'])
})

test('a client that does not read loses output and holds up nothing', async () => {
  const line = Buffer.alloc(64 * 1024, 'x')
  await using door = await builder(
    builds((_, report) => {
      const log: BuildProgress = { log: { vertex: step.digest, stream: 1, bytes: line, timestamp: 1n } }
      for (let count = 0; count < 500; count++) report(log)
    }),
  )
  await solve(door.connection)
  const logs = (await progressOf(door.connection, 'r1')).flatMap(status => status.logs)
  expect(logs.length).toBeLessThan(100)
})

test('a client that drives its build itself gets what it returns', async () => {
  await using door = await builder(builds(() => {}))
  const metadata = { [BUILD_ID]: ['r1'] }
  const solved = solve(door.connection, { frontend: '' })
  const caps = await callOnce(door.connection, GATEWAY.ping, {}, { metadata })
  expect(caps.frontendCapabilities.find(({ id }) => id === 'solve.base')).toMatchObject({ enabled: true })
  const { result } = await callOnce(door.connection, GATEWAY.solve, { frontend: 'dockerfile.v0' }, { metadata })
  await callOnce(door.connection, GATEWAY.return, { result }, { metadata })
  expect((await solved).exporterResponse).toEqual(answer)
})

test('what is asked for instead of a build is answered at once', async () => {
  const asked: BuildRequest[] = []
  await using door = await builder(builds(request => void asked.push(request)))
  const metadata = { [BUILD_ID]: ['r1'] }
  const solved = solve(door.connection, { frontend: '' })
  const lint = { frontend: 'dockerfile.v0', options: { requestid: 'frontend.lint' } }
  const { result } = await callOnce(door.connection, GATEWAY.solve, lint, { metadata })
  expect(Buffer.from(result!.metadata['containerimage.digest']!).toString()).toBe(answer['containerimage.digest'])
  expect(asked).toMatchObject([{ call: 'check', exports: [] }])
  const outline = { frontend: 'dockerfile.v0', options: { requestid: 'frontend.outline' } }
  await expect(callOnce(door.connection, GATEWAY.solve, outline, { metadata })).rejects.toThrow('frontend.outline')
  await callOnce(door.connection, GATEWAY.return, {}, { metadata })
  expect((await solved).exporterResponse).toEqual({})
})

test('the result of one build is the context of the next, as clients hand it on', async () => {
  const asked: BuildRequest[] = []
  await using door = await builder(builds(request => void asked.push(request)))
  const first = solve(door.connection, { frontend: '' })
  const { result } = await callOnce(
    door.connection,
    GATEWAY.solve,
    { frontend: 'dockerfile.v0' },
    { metadata: { [BUILD_ID]: ['r1'] } },
  )
  const base = result!.ref!.definition!
  await callOnce(door.connection, GATEWAY.return, { result }, { metadata: { [BUILD_ID]: ['r1'] } })
  await first
  await solve(door.connection, {
    ref: 'r2',
    frontendInputs: { base },
    ...attributes({ 'context:base': 'input:base' }),
  })
  expect(asked[1]?.contexts.base).toEqual({ kind: 'result', ref: 'r1' })
})

test('a client that gives up says so, and its build ends with nothing returned', async () => {
  await using door = await builder(builds(() => {}))
  const metadata = { [BUILD_ID]: ['r1'] }
  const solved = solve(door.connection, { frontend: '' }).catch(error => error)
  await callOnce(door.connection, GATEWAY.return, { error: { code: 2, message: 'my own', details: [] } }, { metadata })
  expect(await solved).toMatchObject({ message: 'my own' })
})

test('a build ends when its client cancels it, and when the session is gone', async () => {
  let started = Promise.withResolvers<void>()
  await using door = await builder(
    builds(async (_, __, signal) => {
      started.resolve()
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      throw new Error('aborted')
    }),
  )
  const cancel = new AbortController()
  const first = solve(door.connection, {}, cancel.signal).catch(error => error)
  await started.promise
  cancel.abort()
  expect(await first).toBeInstanceOf(Error)
  started = Promise.withResolvers()
  const second = solve(door.connection, { ref: 'r2' }).catch(error => error)
  await started.promise
  door.session.close()
  expect(await second).toMatchObject({ status: 'CANCELLED' })
})

test('a fault is told in its own words, a bug of ours is not', async () => {
  await using door = await builder(
    builds(({ target }) => {
      throw target ? buildkitFaults.EXPORTER('x') : new TypeError('insides')
    }),
  )
  const failure = await solve(door.connection, attributes({ target: 'a' })).catch(error => error)
  expect(failure).toMatchObject({ status: 'UNKNOWN', message: 'exporter "x" could not be found' })
})

test.each<[string, Partial<SolveRequestMessage>, string]>([
  ['an image as frontend', { frontend: 'gateway.v0', ...attributes({ source: 'evil/frontend' }) }, 'evil/frontend'],
  ['a frontend of another name', { frontend: 'buildpacks' }, 'buildpacks'],
  ['steps of LLB', { frontend: '', definition: { operations: [Buffer.from('x')], metadata: {} } }, 'LLB'],
  ['an exporter that is not there', { exporters: [{ type: 'constructor', attributes: {} }] }, 'constructor'],
  ['no name of the build', { ref: '' }, 'ref'],
  [
    'foreign steps as a context',
    {
      frontendInputs: { base: { operations: [Buffer.from('1a020a00', 'hex')], metadata: {} } },
      ...attributes({ 'context:base': 'input:base' }),
    },
    'base',
  ],
])('%s is refused', async (_, request, words) => {
  await using door = await builder(builds(() => {}))
  const failure = await solve(door.connection, request).catch(error => error)
  expect(failure).toBeInstanceOf(GrpcError)
  expect(failure.message).toContain(words)
})

test('the dockerfile frontend by its image is our own', async () => {
  const source = 'docker.io/docker/dockerfile:1.7'
  expect(await requestOf({ frontend: 'gateway.v0', ...attributes({ source }) })).toMatchObject({ ref: 'r1' })
})

test('a session that lacks an id, repeats one, or asks for another protocol is refused', async () => {
  await using door = await builder(builds(() => {}))
  await expect(upgraded(door.server.path, '/session', {}, { role: 'server' })).rejects.toThrow('400')
  await expect(upgraded(door.server.path, '/session', { Upgrade: 'tcp' }, { role: 'server' })).rejects.toThrow('400')
  await expect(openSession(door.server.path, 's1', {})).rejects.toThrow('409')
})

test('the cache is told of and pruned as BuildKit’s clients ask', async () => {
  await using door = await builder(builds(() => {}))
  const { records } = await callOnce(door.connection, CONTROL.diskUsage, { filter: ['type==regular'] })
  expect(records).toMatchObject([{ id: 'step1', size: 7, usageCount: 3, lastUsedAt: { seconds: 2 } }])
  const call = await openCall(door.connection, CONTROL.prune)
  await call.send({ all: true, filter: ['id~=step'], keepDuration: 3_600_000_000_000n, reservedSpace: 5 })
  await call.end()
  expect((await Array.fromAsync(call.responses)).map(({ id }) => id)).toEqual(['step1'])
  expect(pruned.at(-1)).toMatchObject({ all: true, reservedSpace: 5 })
  expect([...pruned.at(-1)!.filters]).toEqual([
    ['id', ['step']],
    ['unused-for', ['3600000ms']],
  ])
  const wrong = callOnce(door.connection, CONTROL.diskUsage, { filter: ['colour==red'] })
  await expect(wrong).rejects.toThrow('colour')
})

test('builds that were are told of, with their steps and output, and forgotten when that is asked', async () => {
  await using door = await builder(builds(() => {}))
  const call = await openCall(door.connection, HISTORY.listen)
  await call.send({ earlyExit: true })
  await call.end()
  expect(await Array.fromAsync(call.responses)).toMatchObject([
    {
      type: 1,
      record: { ref: 'old', error: { message: 'broken' }, cachedSteps: 1, frontendAttributes: { target: 'app' } },
    },
  ])
  const told = await progressOf(door.connection, 'old')
  expect(told.flatMap(({ vertexes }) => vertexes)).toMatchObject([{ name: step.name, cached: true }])
  expect(told.flatMap(({ logs }) => logs).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['said then\n'])
  await callOnce(door.connection, HISTORY.update, { ref: 'old', delete: true })
  expect(removed).toEqual(['old'])
})

test('workers and versions are told', async () => {
  await using door = await builder(builds(() => {}))
  const { records } = await callOnce(door.connection, CONTROL.listWorkers, {})
  expect(records[0]).toMatchObject({ id: 'w', version: { package: 'berth', version: 'v1.2.3' } })
  expect((await callOnce(door.connection, CONTROL.info, {})).version?.version).toBe('v1.2.3')
})
