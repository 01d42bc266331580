import { expect, test } from 'bun:test'
import { initialState } from './container.ts'
import { LiveContainer } from './live-container.ts'
import { readCondition, waitFor } from './wait.ts'

function container(status: 'created' | 'running' | 'exited' | 'restarting', exitCode = 0): LiveContainer {
  const state = { ...initialState(), status, exitCode }
  return new LiveContainer({ created: '2026-01-01T00:00:00Z', state } as never)
}
const never = new AbortController().signal
const settled = (promise: Promise<unknown>) => Promise.race([promise.then(() => true), Bun.sleep(5).then(() => false)])

test('not-running answers at once for one that does not run, and waits for one that does', async () => {
  expect(await waitFor(container('exited', 7), 'not-running', never)).toEqual({ code: 7, error: '' })
  for (const status of ['running', 'restarting'] as const) {
    const one = container(status)
    const waiting = waitFor(one, 'not-running', never)
    expect(await settled(waiting)).toBe(false)
    one.record.state.exitCode = 3
    one.tellExit()
    expect(await waiting).toEqual({ code: 3, error: '' })
  }
})

test('next-exit waits for the end of the next run, whatever the state', async () => {
  const one = container('created')
  const waiting = waitFor(one, 'next-exit', never)
  expect(await settled(waiting)).toBe(false)
  one.tellExit()
  expect((await waiting)?.code).toBe(0)
})

test('removed waits over exits for the removal, which also ends the other waits', async () => {
  const one = container('running', 5)
  const [removed, exit] = [waitFor(one, 'removed', never), waitFor(one, 'next-exit', never)]
  one.tellExit()
  expect((await exit)?.code).toBe(5)
  expect(await settled(removed)).toBe(false)
  const late = waitFor(one, 'next-exit', never)
  one.tellRemoval()
  expect([(await removed)?.code, (await late)?.code]).toEqual([5, 5])
})

test('a client that goes leaves no waiter behind', async () => {
  const one = container('running')
  const client = new AbortController()
  const waiting = waitFor(one, 'next-exit', client.signal)
  client.abort()
  expect(await waiting).toBeUndefined()
  expect(await waitFor(one, 'removed', client.signal)).toBeUndefined()
})

test('conditions that do not exist are refused', () => {
  expect([undefined, '', 'removed'].map(readCondition)).toEqual(['not-running', 'not-running', 'removed'])
  expect(() => readCondition('nope')).toThrow('invalid condition: "nope"')
})
