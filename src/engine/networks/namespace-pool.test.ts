import { describe, expect, test } from 'bun:test'
import { NamespacePool } from './namespace-pool.ts'

function numbers(least = 2, most = 8) {
  let last = 0
  const gates: (() => void)[] = []
  const state = { discarded: [] as number[], failure: undefined as Error | undefined, isHeld: false, built: () => last }
  const pool = new NamespacePool<number>({
    name: 'test',
    least,
    most,
    build: async () => {
      if (state.isHeld) await new Promise<void>(open => gates.push(open))
      if (state.failure) throw state.failure
      return ++last
    },
    discard: async slots => void state.discarded.push(...slots),
  })
  const open = (): void => {
    for (const gate of gates.splice(0)) gate()
  }
  return { pool, state, open }
}
const settle = () => Bun.sleep(60)

describe('the pool', () => {
  test('gives what is prepared at once, in order, and fills up again behind it', async () => {
    const { pool } = numbers()
    await pool.open()
    expect([pool.take(), pool.take()]).toEqual([1, 2])
    await settle()
    expect(pool.ready).toBe(2)
    await pool.close()
  })

  test('serves those who wait in their order, and keeps more ready afterwards', async () => {
    const { pool } = numbers()
    await pool.open()
    const taken = await Promise.all([1, 2, 3, 4, 5].map(() => pool.take()))
    expect(taken).toEqual([1, 2, 3, 4, 5])
    await settle()
    expect(pool.ready).toBeGreaterThan(2)
    expect(pool.ready).toBeLessThanOrEqual(8)
    await pool.close()
  })

  test('tells everyone who waits of a failure, and works again when it has passed', async () => {
    const { pool, state } = numbers()
    await pool.open()
    await Promise.all([pool.take(), pool.take()])
    state.failure = new Error('no more namespaces')
    await settle()
    const waiting = await Promise.allSettled([pool.take(), pool.take(), pool.take(), pool.take(), pool.take()])
    expect(waiting.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
    state.failure = undefined
    expect(typeof (await pool.take())).toBe('number')
    await pool.close()
  })

  test('takes down what nobody used, also what was given back or finished after its end', async () => {
    const { pool, state, open } = numbers()
    await pool.open()
    const taken = (await pool.take()) as number
    state.isHeld = true
    await settle()
    const closing = pool.close()
    open()
    await closing
    pool.giveBack(taken)
    expect(state.discarded.length).toBe(state.built())
    expect(new Set(state.discarded).size).toBe(state.built())
  })

  test('gives one that came back unused to the next', async () => {
    const { pool } = numbers()
    await pool.open()
    const slot = (await pool.take()) as number
    pool.giveBack(slot)
    expect(pool.take()).toBe(slot)
    await pool.close()
  })

  test('keeps nobody waiting once it is closed', async () => {
    const { pool } = numbers()
    await pool.open()
    await pool.close()
    expect(() => pool.take()).toThrow('closed')
  })
})
