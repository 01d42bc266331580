import { expect, test } from 'bun:test'
import { goShape } from './shapes.ts'
import { GO_SHAPES } from './table.ts'

test('every type that the table names is in it', () => {
  const names = GO_SHAPES.trim()
    .split('\n')
    .map(line => line.split(': ')[0]!)
  for (const name of names) expect(goShape(name)).toMatchObject({ kind: 'struct', name })
  const used = [...GO_SHAPES.matchAll(/[ *\]](\w+\.\w+)(?= \||\n)/g)].map(match => match[1]!)
  for (const name of used) expect(names).toContain(name)
})
