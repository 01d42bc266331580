import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Events } from '../../../engine/events/events.ts'
import { nowNanoseconds } from '../../../engine/events/nanoseconds.ts'
import { Doctor } from '../../../engine/system/doctor.ts'
import { testServer } from '../../http/testing/raw.ts'
import { systemOperations } from './operations.ts'

const events = new Events()
const one = (name: string) => async () => ({ items: [{ Id: name }], active: 1, bytes: 10, reclaimable: 5 })
let server: Awaited<ReturnType<typeof testServer>>

beforeAll(async () => {
  server = await testServer(
    systemOperations({
      events,
      usage: { container: one('c'), image: one('i'), volume: one('v'), 'build-cache': one('b') },
      doctor: new Doctor([]),
      version: () => Promise.reject(new Error('not asked')),
      info: async () => ({ ID: 'x' }),
    }),
  )
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string, headers = '') => server.send(`GET ${path} HTTP/1.1\r\nHost: d\r\n${headers}\r\n`)
const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4)
/** The lines of a chunked answer. */
const linesOf = (answer: string) =>
  bodyOf(answer)
    .split('\r\n')
    .filter((_, at) => at % 2 === 1)
    .join('')
    .split('\n')
    .filter(Boolean)
const now = () => {
  const nanoseconds = nowNanoseconds()
  return `${nanoseconds / 1_000_000_000n}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`
}

describe('_ping', () => {
  test('GET says OK with the headers that clients negotiate by', async () => {
    const answer = await get('/_ping')
    expect(bodyOf(answer)).toBe('OK')
    for (const header of [
      'Api-Version: 1.55',
      'Ostype: linux',
      'Swarm: inactive',
      'Cache-Control: no-cache, no-store, must-revalidate',
      'Pragma: no-cache',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Length: 2',
    ])
      expect(answer).toContain(`${header}\r\n`)
  })

  test('HEAD says the same without a body', async () => {
    const answer = await server.send('HEAD /v1.44/_ping HTTP/1.1\r\nHost: d\r\n\r\n')
    expect(answer).toContain('Content-Length: 0\r\n')
    expect(answer).toContain('Swarm: inactive\r\n')
    expect(bodyOf(answer)).toBe('')
  })
})

describe('events', () => {
  test('are replayed between since and until, one a line', async () => {
    const since = now()
    events.emit('container', 'start', 'abc', { name: 'web', image: 'nginx' })
    events.emit('image', 'pull', 'nginx')
    const answer = await get(`/v1.44/events?since=${since}&until=${now()}&filters={"type":{"container":true}}`)
    expect(answer).toContain('Content-Type: application/json\r\n')
    const [line, ...more] = linesOf(answer)
    expect(more).toEqual([])
    expect(JSON.parse(line ?? '')).toMatchObject({
      Type: 'container',
      Action: 'start',
      status: 'start',
      id: 'abc',
      from: 'nginx',
    })
  })

  test('come live, and the head before the first of them', async () => {
    await using connection = server.connect()
    connection.socket.write('GET /events HTTP/1.1\r\nHost: d\r\n\r\n')
    await connection.untilText('\r\n\r\n')
    events.emit('volume', 'create', 'data')
    await connection.untilText('"Action":"create"')
    expect(events.listeners).toBe(1)
    connection.socket.destroy()
    await Bun.sleep(50)
    expect(events.listeners).toBe(0)
  })

  test.each([
    ['/v1.52/events', '', 'application/jsonl'],
    ['/events', 'Accept: application/x-ndjson\r\n', 'application/x-ndjson'],
    ['/events', 'Accept: text/html, application/json-seq;q=0.5\r\n', 'application/json-seq'],
    ['/v1.51/events', 'Accept: application/json-seq\r\n', 'application/json'],
  ])('of %s with %j are %s', async (path, accept, type) => {
    expect(await get(`${path}?until=${now()}`, accept)).toContain(`Content-Type: ${type}\r\n`)
  })

  test('as records of RFC 7464 begin with their separator', async () => {
    const answer = await get(`/events?since=0&until=${now()}`, 'Accept: application/json-seq\r\n')
    expect(linesOf(answer).every(line => line.startsWith('\x1e{'))).toBe(true)
  })

  test.each([
    ['since=yesterday', "invalid value for 'since'"],
    ['since=2&until=1', 'since time (2) cannot be after until time (1)'],
    ['filters={"colour":["red"]}', "invalid filter 'colour'"],
    ['filters=[]', 'invalid filter'],
  ])('with %s are refused', async (query, message) => {
    const answer = await get(`/events?${query}`)
    expect(answer).toStartWith('HTTP/1.1 400')
    expect(answer).toContain(message)
  })
})

describe('system/df', () => {
  const usage = async (path: string) => JSON.parse(bodyOf(await get(path)))

  test('is lists for old clients, sums for new ones, both in between', async () => {
    expect(await usage('/v1.51/system/df')).toEqual({
      LayersSize: 10,
      Images: [{ Id: 'i' }],
      Containers: [{ Id: 'c' }],
      Volumes: [{ Id: 'v' }],
      BuildCache: [{ Id: 'b' }],
    })
    const sums = { ActiveCount: 1, TotalCount: 1, Reclaimable: 5, TotalSize: 10 }
    expect(await usage('/v1.53/system/df')).toMatchObject({ ImageUsage: sums, ContainerUsage: sums })
    expect(await usage('/v1.53/system/df')).not.toHaveProperty('Images')
    expect(await usage('/v1.52/system/df')).toMatchObject({ ImageUsage: sums, Images: [{ Id: 'i' }] })
    expect((await usage('/v1.53/system/df?verbose=1')).ImageUsage.Items).toEqual([{ Id: 'i' }])
  })

  test('measures only what is asked for', async () => {
    expect(Object.keys(await usage('/v1.44/system/df?type=volume'))).toEqual(['Volumes'])
    expect(await get('/v1.44/system/df?type=wine')).toContain('unknown object type: wine')
  })
})
