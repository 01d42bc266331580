import { describe, expect, test } from 'bun:test'
import type { EngineEvent } from './event.ts'
import { Events } from './events.ts'
import { eventMatches } from './filter.ts'
import { nowNanoseconds } from './nanoseconds.ts'
import { printEvent } from './print.ts'

const filters = (record: Record<string, string[]>) => new Map(Object.entries(record))
const event = (change: Partial<EngineEvent> = {}): EngineEvent => ({
  Type: 'container',
  Action: 'start',
  Actor: { ID: 'abcdef', Attributes: { name: 'web', image: 'nginx:1', tier: 'front' } },
  scope: 'local',
  time: 1,
  timeNano: 1_795_471_811_123_456_789n,
  ...change,
})

async function collect(stream: AsyncIterable<EngineEvent>): Promise<string[]> {
  const actions: string[] = []
  for await (const { Action } of stream) actions.push(Action)
  return actions
}

describe('Events', () => {
  test('a subscriber gets what happens after its call, in order, and nothing from before', async () => {
    const events = new Events()
    const stop = new AbortController()
    events.emit('container', 'create', 'a')
    const stream = events.subscribe({ signal: stop.signal })
    events.emit('container', 'start', 'a')
    events.emit('container', 'die', 'a')
    stop.abort()
    expect(await collect(stream)).toEqual(['start', 'die'])
    expect(events.listeners).toBe(0)
  })

  test('`since` replays, `until` in the past ends at once', async () => {
    const events = new Events()
    events.emit('image', 'pull', 'x')
    const between = nowNanoseconds()
    events.emit('image', 'tag', 'x')
    expect(await collect(events.subscribe({ since: between, until: nowNanoseconds() }))).toEqual(['tag'])
    expect(await collect(events.subscribe({ until: between }))).toEqual(['pull'])
  })

  test('remembers the last 1024', async () => {
    const events = new Events()
    for (let count = 0; count < 1100; count++) events.emit('image', `n${count}`, 'x')
    const replayed = await collect(events.subscribe({ since: 0n, until: nowNanoseconds() }))
    expect(replayed).toHaveLength(1024)
    expect(replayed.at(-1)).toBe('n1099')
  })

  test('`until` in the future ends the stream then', async () => {
    const events = new Events()
    const stream = events.subscribe({ until: nowNanoseconds() + 20_000_000n })
    events.emit('image', 'pull', 'x')
    expect(await collect(stream)).toEqual(['pull'])
  })

  test('a reader that leaves is forgotten, also one that reads nothing', async () => {
    const events = new Events()
    events.emit('image', 'pull', 'x')
    for await (const _ of events.subscribe({ since: 0n, until: nowNanoseconds() + 10n ** 12n })) break
    const reading = events.subscribe()[Symbol.asyncIterator]()
    const next = reading.next()
    events.emit('image', 'pull', 'x')
    await next
    await reading.return?.()
    const silent = events.subscribe()
    for (let count = 0; count < 20_000; count++) events.emit('image', 'flood', 'x')
    expect(events.listeners).toBe(0)
    expect((await collect(silent)).length).toBeLessThan(17_000)
  })

  test('times never repeat', () => {
    const times = Array.from({ length: 1000 }, nowNanoseconds)
    expect(new Set(times).size).toBe(1000)
  })
})

describe('filters of events', () => {
  test.each([
    [{}, true],
    [{ type: ['container'] }, true],
    [{ type: ['image', 'network'] }, false],
    [{ container: ['abc'] }, true],
    [{ container: ['web'] }, true],
    [{ container: ['db'] }, false],
    [{ image: ['nginx'] }, true],
    [{ image: ['nginx:1'] }, true],
    [{ image: ['nginx:2'] }, false],
    [{ label: ['tier'] }, true],
    [{ label: ['tier=front', 'name'] }, true],
    [{ label: ['tier=back'] }, false],
    [{ label: ['constructor'] }, false],
    [{ event: ['star'] }, false],
    [{ scope: ['swarm'] }, false],
    [{ type: ['container'], event: ['stop'] }, false],
  ])('%j: %p', (record: Record<string, string[]>, expected) => {
    expect(eventMatches(filters(record), event())).toBe(expected)
  })

  test('an exec is found by its action without the command', () => {
    const exec = event({ Action: 'exec_create: ls -l' })
    expect(eventMatches(filters({ event: ['exec_create'] }), exec)).toBe(true)
    expect(eventMatches(filters({ event: ['exec_start'] }), exec)).toBe(false)
  })

  test('an image is found without its tag, also behind a port', () => {
    const pull = event({ Type: 'image', Action: 'pull', Actor: { ID: 'host:5000/a/b:1', Attributes: {} } })
    expect(eventMatches(filters({ image: ['host:5000/a/b'] }), pull)).toBe(true)
    expect(eventMatches(filters({ image: ['host'] }), pull)).toBe(false)
  })
})

describe('printEvent', () => {
  test('keeps every digit of the time and the old fields for old clients only', () => {
    const old = printEvent(event(), { legacy: true })
    expect(old).toEndWith('"timeNano":1795471811123456789}')
    expect(JSON.parse(old)).toMatchObject({ status: 'start', id: 'abcdef', from: 'nginx:1', Type: 'container' })
    expect(JSON.parse(printEvent(event(), { legacy: false }))).not.toHaveProperty('status')
    expect(JSON.parse(printEvent(event({ Type: 'network' }), { legacy: true }))).not.toHaveProperty('status')
  })
})
