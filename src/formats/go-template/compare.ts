import { concrete, type GoValue, isNullish } from './values.ts'

type Basic = 'bool' | 'int' | 'uint' | 'float' | 'string'

/** text/template's eq, ne, lt …; a failure's message is what Go's function returns. */
export function areEqual(first: GoValue, others: GoValue[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison')
  const left = concrete(first)
  const kind = basicKind(left)
  return others.map(concrete).some(right => {
    const other = basicKind(right)
    if (kind !== undefined && other !== undefined) requireAlike(kind, other)
    else if (isNullish(left.data) || isNullish(right.data)) return isNullish(left.data) && isNullish(right.data)
    else if (kind !== other) throw new Error('incompatible types for comparison')
    else throw new Error(`non-comparable type ${right.type.name}`)
    return left.data === right.data
  })
}

export function isLess(first: GoValue, second: GoValue): boolean {
  const [left, right] = [concrete(first), concrete(second)]
  const [kind, other] = [basicKind(left), basicKind(right)]
  if (kind === undefined || other === undefined) throw new Error('invalid type for comparison')
  requireAlike(kind, other)
  if (kind === 'bool') throw new Error('invalid type for comparison')
  return (left.data as string | number) < (right.data as string | number)
}

function requireAlike(left: Basic, right: Basic): void {
  const isWhole = (kind: Basic) => kind === 'int' || kind === 'uint'
  if (left !== right && !(isWhole(left) && isWhole(right))) throw new Error('incompatible types for comparison')
}

function basicKind({ type }: GoValue): Basic | undefined {
  if (type.kind === 'number') return 'string'
  if (type.kind === 'duration') return 'int'
  if (['bool', 'int', 'uint', 'float', 'string'].includes(type.kind)) return type.kind as Basic
  return undefined
}
