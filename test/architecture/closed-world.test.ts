import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { operationsOf } from '../../scripts/swagger.ts'
import { NOT_IMPLEMENTED } from '../../src/api/engine/not-implemented.ts'
import { type EngineNeeds, engineOperations } from '../../src/api/engine/operations.ts'
import { SWAGGER_OPERATIONS } from '../../src/api/engine/swagger-operations.table.ts'
import { createRouter } from '../../src/api/http/router.ts'
import { ROOT } from './sources.ts'

/** Doors only take hold of what they need when they are made; anything will do to count them. */
const anything: unknown = new Proxy(() => {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : anything),
  apply: () => anything,
})
const doors = engineOperations(anything as EngineNeeds)
const known = new Map(SWAGGER_OPERATIONS.map(([id, method, path]) => [id, `${method} ${path}`]))
/** Ours, beyond Docker's; and the one that Docker serves although swagger.yaml has no word of it. */
const BESIDE_SWAGGER = ['BuildkitGrpc', 'SystemDoctor', 'SystemDoctorFix']
const isDockers = ({ id }: { id: string }): boolean => !BESIDE_SWAGGER.includes(id)

describe('the Engine API is a closed world', () => {
  test('every operation of the description is a door, or refused with a reason, and not both', () => {
    const ids = doors.filter(isDockers).map(({ id }) => id)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
    expect([...known.keys()].filter(id => !ids.includes(id))).toEqual([])
    expect(ids.filter(id => !known.has(id))).toEqual([])
    expect(Object.keys(NOT_IMPLEMENTED).filter(id => !known.has(id))).toEqual([])
  })

  test('every door stands where the description has it', () => {
    const placeOf = (path: string) => path.replace(/\{\w+\*?\}/g, '{}')
    const wrong = doors
      .filter(isDockers)
      .filter(({ id, method, path }) => placeOf(known.get(id) ?? '') !== placeOf(`${method} ${path}`))
    expect(wrong.map(({ id, method, path }) => `${id}: ${method} ${path}`)).toEqual([])
  })

  test('all doors fit into one router, and each is reached by its own path', () => {
    const route = createRouter(doors)
    for (const { id, method, path } of doors)
      expect(route(method, path.replace(/\{\w+\*?\}/g, 'x'))?.operation.id).toBe(id)
  })

  test('what is refused says 501 and its name', () => {
    const refused = doors.find(({ id }) => id === 'SwarmInit')
    expect(() => refused?.handle(anything as never)).toThrow('SwarmInit is not implemented')
  })

  const description = join(ROOT, '../shared/reference/swagger.yaml')
  test.skipIf(!existsSync(description))('the committed table is what the description says', () => {
    expect(operationsOf(readFileSync(description, 'utf8'))).toEqual([...SWAGGER_OPERATIONS])
  })
})
