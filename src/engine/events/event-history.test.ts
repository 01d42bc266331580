import { expect, test } from 'bun:test'
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventHistory } from './event-history.ts'
import { Events } from './events.ts'
import { nowNanoseconds } from './nanoseconds.ts'

function place() {
  const directory = mkdtempSync(join(tmpdir(), 'berth-events-'))
  const path = join(directory, 'events.jsonl')
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}

async function actions(events: Events, since = 1n): Promise<string[]> {
  const found: string[] = []
  for await (const { Action } of events.subscribe({ since, until: nowNanoseconds() })) found.push(Action)
  return found
}

test('the next daemon still tells what the last one told, in order, each once', async () => {
  using at = place()
  const first = new Events(new EventHistory(at.path))
  first.emit('container', 'create', 'a', { name: 'web' })
  first.emit('container', 'start', 'a')
  const second = new Events(new EventHistory(at.path))
  second.emit('container', 'die', 'a')
  expect(await actions(second)).toEqual(['create', 'start', 'die'])
  expect(await actions(first)).toEqual(['create', 'start'])
})

test('times keep every digit', async () => {
  using at = place()
  const before = nowNanoseconds()
  new Events(new EventHistory(at.path)).emit('image', 'pull', 'x')
  const after = nowNanoseconds()
  const [event] = new EventHistory(at.path).earlier(1, after)
  expect(event!.timeNano > before && event!.timeNano < after).toBe(true)
})

test('a line that was written half is left out, and so is nothing after it', async () => {
  using at = place()
  new Events(new EventHistory(at.path)).emit('image', 'pull', 'x')
  appendFileSync(at.path, '{"Type":"image","Act')
  new Events(new EventHistory(at.path)).emit('image', 'tag', 'x')
  expect(await actions(new Events(new EventHistory(at.path)))).toEqual(['pull', 'tag'])
})

test('the files stay bounded, and the newest are kept', async () => {
  using at = place()
  const events = new Events(new EventHistory(at.path, 2_000))
  for (let count = 0; count < 200; count++) events.emit('image', `n${count}`, 'x')
  expect(statSync(at.path).size + statSync(`${at.path}.1`).size).toBeLessThan(4_500)
  const kept = await actions(new Events(new EventHistory(at.path)))
  expect(kept.at(-1)).toBe('n199')
  expect(kept.length).toBeGreaterThan(10)
})

test('a disk that takes nothing stops no event', async () => {
  const events = new Events(new EventHistory('/proc/self/status/events'))
  events.emit('image', 'pull', 'x')
  expect(await actions(events, nowNanoseconds() - 1_000_000_000n)).toEqual(['pull'])
})
