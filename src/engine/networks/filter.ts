import type { NetworkResource } from '../../formats/engine-api/network.ts'
import { networkFaults } from './faults.ts'

export const NETWORK_FILTERS = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type'] as const
type Filters = ReadonlyMap<string, readonly string[]>
type Test = (network: NetworkResource, value: string, isUsed: boolean) => boolean

/** Networks that nobody can remove. */
const isPredefined = ({ Name }: NetworkResource): boolean => ['bridge', 'host', 'none'].includes(Name)

/** `label` has to hold for all its values, the others for one of them. `isUsed`: containers are in the network. */
const TESTS: Record<(typeof NETWORK_FILTERS)[number], Test> = {
  dangling: (network, value, isUsed) => readFlag('dangling', value) === (!isUsed && !isPredefined(network)),
  driver: ({ Driver }, value) => Driver === value,
  id: ({ Id }, value) => Id.includes(value),
  label: ({ Labels }, value) => hasLabel(Labels, value),
  name: ({ Name }, value) => Name.includes(value),
  scope: ({ Scope }, value) => Scope === value,
  type: (network, value) => readType(value) === (isPredefined(network) ? 'builtin' : 'custom'),
}

/** Throws a 400 fault for a value that cannot be. */
export function networkMatches(filters: Filters, network: NetworkResource, isUsed: boolean): boolean {
  return NETWORK_FILTERS.every(name => {
    const values = filters.get(name) ?? []
    const holds = values.map(value => TESTS[name](network, value, isUsed))
    return name === 'label' ? holds.every(Boolean) : holds.length === 0 || holds.some(Boolean)
  })
}

function hasLabel(labels: Record<string, string>, wanted: string): boolean {
  const [key = '', ...value] = wanted.split('=')
  return Object.hasOwn(labels, key) && (value.length === 0 || labels[key] === value.join('='))
}

function readFlag(name: string, value: string): boolean {
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(value)) return true
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value)) return false
  throw networkFaults.BAD_FILTER(name, value)
}

function readType(value: string): string {
  if (value !== 'builtin' && value !== 'custom') throw networkFaults.BAD_FILTER('type', value)
  return value
}
