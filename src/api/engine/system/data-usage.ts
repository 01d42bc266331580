import { defineFaults } from '../../../base/faults.ts'
import {
  diskUsage,
  legacyUsage,
  summedUsage,
  USAGE_KINDS,
  type UsageKind,
  type UsageSources,
} from '../../../engine/system/disk-usage.ts'
import { json, type Operation } from '../../http/operation.ts'

const faults = defineFaults('USAGE', {
  UNKNOWN_TYPE: { kind: 'invalid', message: (type: string) => `unknown object type: ${type}` },
})

/** Until 1.51 the lists; since 1.52 sums, with the lists in them on request, and both shapes where no details are asked for. */
export const systemDataUsage = (sources: UsageSources): Operation => ({
  id: 'SystemDataUsage',
  method: 'GET',
  path: '/system/df',
  handle: async ({ query, version }) => {
    const usage = await diskUsage(sources, kindsOf(query.all('type')))
    if (!version.atLeast('1.52')) return json(200, legacyUsage(usage))
    const verbose = query.flag('verbose')
    const old = verbose || version.atLeast('1.53') ? {} : legacyUsage(usage)
    return json(200, { ...old, ...summedUsage(usage, verbose) })
  },
})

function kindsOf(types: string[]): readonly UsageKind[] {
  const unknown = types.find(type => !(USAGE_KINDS as readonly string[]).includes(type))
  if (unknown !== undefined) throw faults.UNKNOWN_TYPE(unknown)
  return types.length === 0 ? USAGE_KINDS : (types as UsageKind[])
}
