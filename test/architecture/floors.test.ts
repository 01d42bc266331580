import { describe, expect, test } from 'bun:test'
import { floors } from '../../floors.ts'
import { complaintsAbout, findRings } from './house.ts'
import { importsOf, readSources } from './sources.ts'

const sources = readSources()
const file = (path: string, text: string) => ({ path, text, imports: importsOf(path, text) })

describe('the house', () => {
  test('every file stands on a floor, imports only downwards and uses only the powers of its room', () => {
    expect(sources.length).toBeGreaterThan(20)
    expect(sources.flatMap(source => complaintsAbout(source, floors))).toEqual([])
  })

  test('has no ring of files', () => {
    expect(findRings(sources)).toEqual([])
  })

  test('has no file over 400 lines, tables and generated files excepted', () => {
    const long = sources.filter(
      ({ path, text }) => text.split('\n').length > 400 && !/\.table\.ts$|\.test\.ts$/.test(path),
    )
    expect(long.map(({ path }) => path)).toEqual([])
  })
})

describe('the check of the house', () => {
  test('names a file that no row covers', () => {
    expect(complaintsAbout(file('src/attic/x.ts', ''), floors)).toHaveLength(1)
  })

  test('names an upward import, also of a type and of a lazily loaded file', () => {
    const upward = `import type { A } from '../api/http/operation.ts'\nconst b = await import('../engine/events/events.ts')`
    expect(complaintsAbout(file('src/base/x.ts', upward), floors)).toHaveLength(2)
  })

  test('names a noun of the engine that looks at a later one', () => {
    const early = file('src/engine/events/x.ts', `import { a } from '../containers/container.ts'`)
    expect(complaintsAbout(early, floors)).toHaveLength(1)
  })

  test('names a process, a kernel call and the environment in the wrong room', () => {
    const text = `import { dlopen } from 'bun:ffi'\nBun.spawn(['x'])\nprocess.env.X`
    expect(complaintsAbout(file('src/engine/events/x.ts', text), floors)).toHaveLength(3)
  })

  test('finds a ring', () => {
    const ring = [file('src/base/a.ts', `import './b.ts'`), file('src/base/b.ts', `import './a.ts'`)]
    expect(findRings(ring)).toEqual([['src/base/a.ts', 'src/base/b.ts']])
  })
})
