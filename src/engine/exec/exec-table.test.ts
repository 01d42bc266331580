import { expect, test } from 'bun:test'
import { initialState } from '../containers/container.ts'
import { LiveContainer } from '../containers/live-container.ts'
import { ExecTable } from './exec-table.ts'

const container = (id: string) =>
  new LiveContainer({ id, created: '2026-01-01T00:00:00Z', state: initialState() } as never)

test('a container lists its execs until they end; the result stays for a while', () => {
  const table = new ExecTable()
  const one = container('a')
  const exec = table.create(one, { Cmd: ['true'] })
  expect([...one.execIds]).toEqual([exec.id])
  table.end(exec, one)
  expect([...one.execIds]).toEqual([])
  expect(table.get(exec.id)).toBe(exec)
})

test('ended execs are bounded: the oldest go first, those of other containers stay', () => {
  const table = new ExecTable()
  const [busy, calm] = [container('a'), container('b')]
  const kept = table.create(calm, {})
  table.end(kept, calm)
  const all = Array.from({ length: 600 }, () => table.create(busy, {}))
  for (const exec of all) table.end(exec, busy)
  expect(() => table.get(all[0]!.id)).toThrow(`No such exec instance: ${all[0]!.id}`)
  expect(table.get(all[599]!.id)).toBe(all[599]!)
  expect(table.get(kept.id)).toBe(kept)
})

test('all of them go with their container', () => {
  const table = new ExecTable()
  const one = container('a')
  const [open, ended] = [table.create(one, {}), table.create(one, {})]
  table.end(ended, one)
  table.forgetContainer('a')
  for (const { id } of [open, ended]) expect(() => table.get(id)).toThrow('No such exec instance')
})

test('execs that are created and never started are bounded too', () => {
  const table = new ExecTable()
  const one = container('a')
  for (let count = 0; count < 10_000; count++) table.create(one, {})
  expect(() => table.create(one, {})).toThrow('the container has 10000 exec instances already')
})
