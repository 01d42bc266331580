import { newId } from '../../../base/ids.ts'
import { formatTimestamp, nowNanoseconds } from '../../../base/timestamps.ts'
import type { NetworkCreate } from '../../../formats/engine-api/network.ts'
import type { NetworksContext } from '../context.ts'
import { networkFaults } from '../faults.ts'
import type { LiveNetwork } from '../live-network.ts'
import { emptySpec, isPredefined, type NetworkRecord, type NetworkSpec } from '../network-spec.ts'
import type { NetworkTable } from '../network-table.ts'
import { bridgeNameOf, openBridge } from '../open-bridge.ts'
import { openVlan } from '../vlan-network.ts'
import { FIELD_OPTIONS, readBridgeOptions } from './bridge-options.ts'
import { chooseSubnets } from './choose-subnets.ts'
import { readIpam } from './ipam-config.ts'
import { OptionReader } from './option-reader.ts'
import { readVlanOptions } from './vlan-options.ts'

/** Networks that were chosen and are the host's by the time that they are made: another daemon was quicker. */
const CHOICES_MOST = 5

/**
 * One create at a time: the holder of the lock calls it. Stored before anything is on the host: a daemon killed in between
 * makes the rest at its next start.
 */
export async function createNetwork(
  context: NetworksContext,
  table: NetworkTable,
  asked: NetworkCreate,
): Promise<NetworkRecord> {
  const spec = readSpec(asked, table)
  if (table.named(asked.Name)) throw networkFaults.EXISTS(asked.Name)
  if (spec.configOnly) return store(table, recordOf(asked.Name, { ...spec, subnets: [] }))
  for (let choice = 1; ; choice++) {
    const subnets = await chooseSubnets(
      context,
      spec,
      table.all().filter(({ spec: { configOnly } }) => !configOnly),
    )
    const record = recordOf(asked.Name, { ...spec, subnets })
    refuseConflicts(table, record)
    const made = await storeAndMake(context, table, record)
    if (made) return record
    if (choice === CHOICES_MOST) throw networkFaults.NO_POOL_V4()
  }
}

async function storeAndMake(context: NetworksContext, table: NetworkTable, record: NetworkRecord): Promise<boolean> {
  store(table, record)
  try {
    const network = await openNetwork(context, record, true)
    if (network) table.up(network)
    else table.delete(record.id)
    return network !== undefined
  } catch (failure) {
    table.delete(record.id)
    throw failure
  }
}

/** Brings up what is stored. undefined: its addresses, which were chosen a moment ago, are the host's by now. */
export const openNetwork = (
  context: NetworksContext,
  record: NetworkRecord,
  isNew: boolean,
): Promise<LiveNetwork | undefined> =>
  record.spec.driver === 'bridge' ? openBridge(context, record, isNew) : openVlan(context, record)

function store(table: NetworkTable, record: NetworkRecord): NetworkRecord {
  table.insert(record)
  return record
}

const recordOf = (name: string, spec: NetworkSpec): NetworkRecord => ({
  id: newId(),
  name,
  created: formatTimestamp(nowNanoseconds()),
  spec,
})

function readSpec(asked: NetworkCreate, table: NetworkTable): NetworkSpec {
  checkName(asked)
  const driver = driverOf(asked.Driver || 'bridge')
  if (asked.Scope === 'swarm' || asked.Scope === 'global') throw networkFaults.SWARM_SCOPE()
  if (asked.Ingress) throw networkFaults.INGRESS()
  if (asked.ConfigFrom?.Network) return withConfig(asked, driver, table)
  return specOf(asked, driver)
}

function checkName({ Name }: NetworkCreate): void {
  if (isPredefined(Name)) throw networkFaults.CREATE_PREDEFINED(Name)
  // longer, or with these in it, it could not be told by events, lists and the resolver
  if (Name.trim() === '' || Name.length > 255 || /[\p{Cc}/]/u.test(Name)) throw networkFaults.BAD_NETWORK_NAME(Name)
}

function driverOf(name: string): 'bridge' | 'macvlan' | 'ipvlan' {
  if (name === 'bridge' || name === 'macvlan' || name === 'ipvlan') return name
  if (name === 'host' || name === 'null') throw networkFaults.ONE_ALLOWED(name)
  throw networkFaults.NO_PLUGIN(name)
}

function specOf(asked: NetworkCreate, driver: 'bridge' | 'macvlan' | 'ipvlan'): NetworkSpec {
  const { options, families } = fieldsOf(asked)
  const { Driver: ipamDriver = '', Options: ipamOptions, Config: configs } = asked.IPAM ?? {}
  if (ipamDriver !== '' && ipamDriver !== 'default' && ipamDriver !== 'null') throw networkFaults.NO_PLUGIN(ipamDriver)
  if (!families.ipv4 && !families.ipv6) throw networkFaults.NO_FAMILY()
  const internal = asked.Internal ?? false
  if (driver === 'bridge') readBridgeOptions(options, internal)
  else readVlanOptions(driver, options)
  const subnets = readIpam(configs ?? [], families)
  if (driver === 'bridge') refuseMany(subnets.map(({ subnet }) => subnet))
  if (ipamDriver === 'null') throw networkFaults.EMPTY_POOL()
  return {
    ...emptySpec(asked.ConfigOnly ? 'null' : driver),
    ...families,
    internal,
    attachable: asked.Attachable ?? false,
    configOnly: asked.ConfigOnly ?? false,
    options,
    labels: asked.Labels ?? {},
    ipam: { driver: 'default', options: ipamOptions ?? {}, asked: configs ?? [] },
    subnets,
  }
}

/** Which families: two of Docker's options say it too. */
function fieldsOf({ EnableIPv4, EnableIPv6, Options }: NetworkCreate) {
  const options = { ...Options }
  const reader = new OptionReader('bridge', options)
  const families = {
    ipv4: reader.flag(FIELD_OPTIONS[0], EnableIPv4 ?? true),
    ipv6: reader.flag(FIELD_OPTIONS[1], EnableIPv6 ?? false),
  }
  for (const key of FIELD_OPTIONS) delete options[key]
  return { options, families }
}

/** As Docker: one network of each family on a bridge. */
function refuseMany(subnets: string[]): void {
  const six = subnets.filter(subnet => subnet.includes(':')).length
  if (six > 1 || subnets.length - six > 1) throw networkFaults.MANY_SUBNETS()
}

function withConfig(asked: NetworkCreate, driver: NetworkSpec['driver'], table: NetworkTable): NetworkSpec {
  const name = asked.ConfigFrom?.Network ?? ''
  const source = table.named(name)
  if (!source) throw networkFaults.CONFIG_NOT_FOUND(name)
  if (!source.spec.configOnly) throw networkFaults.NOT_CONFIG_ONLY(name)
  const more = Object.entries({
    IPAM: asked.IPAM?.Config?.length,
    'network driver options': Object.keys(asked.Options ?? {}).length,
  }).find(([, count]) => count)
  if (more) throw networkFaults.CONFIG_AND_MORE(more[0])
  const { options, ipam, ipv4, ipv6 } = source.spec
  const subnets = readIpam(ipam.asked, { ipv4, ipv6 })
  return {
    ...emptySpec(driver),
    ipv4,
    ipv6,
    internal: asked.Internal ?? false,
    attachable: asked.Attachable ?? false,
    configFrom: name,
    options,
    labels: { ...source.spec.labels, ...asked.Labels },
    ipam,
    subnets,
  }
}

/** Two networks never share a bridge, or, as Docker has it, the parent of a macvlan. */
function refuseConflicts(table: NetworkTable, { id, spec }: NetworkRecord): void {
  for (const { record, bridges } of table.live()) {
    if (spec.driver === 'bridge') {
      const bridge = bridgeNameOf(id, readBridgeOptions(spec.options, spec.internal))
      if (bridges.includes(bridge)) throw networkFaults.SAME_BRIDGE(id, bridge, record.id)
    }
    const parent = spec.options['parent']
    if (spec.driver === record.spec.driver && parent !== undefined && record.spec.options['parent'] === parent)
      throw networkFaults.PARENT_TAKEN(record.id, parent)
  }
}
