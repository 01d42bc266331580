import { networkText, overlaps, parseIpNetwork } from '../../../formats/addresses/ip-network.ts'
import { AddressPool } from '../addresses/address-pool.ts'
import { firstAddressOf, networksOfPools } from '../addresses/candidates.ts'
import type { NetworksContext } from '../context.ts'
import { networkFaults } from '../faults.ts'
import type { NetworkRecord, NetworkSpec, SubnetSpec } from '../network-spec.ts'

/** Every family of the spec has a subnet, and every subnet its gateway. `others`: networks whose addresses are taken. */
export async function chooseSubnets(
  context: NetworksContext,
  spec: NetworkSpec,
  others: NetworkRecord[],
): Promise<SubnetSpec[]> {
  const taken = others.flatMap(({ spec: { subnets } }) => subnets.map(({ subnet }) => networkOf(subnet)))
  const told = spec.subnets.map(withGateway)
  for (const [at, { subnet }] of told.entries()) {
    const mine = told.slice(0, at).map(other => networkOf(other.subnet))
    if ([...taken, ...mine].some(other => overlaps(other, networkOf(subnet)))) throw networkFaults.POOL_OVERLAPS()
  }
  const families = [...(spec.ipv4 ? [4 as const] : []), ...(spec.ipv6 ? [6 as const] : [])]
  const missing = families.filter(family => !told.some(({ subnet }) => networkOf(subnet).family === family))
  const chosen = await Promise.all(missing.map(family => choose(context, family, taken)))
  // IPv4 first: the first address of an interface names it
  return [...told, ...chosen].sort((one, other) => networkOf(one.subnet).family - networkOf(other.subnet).family)
}

async function choose(
  { worker, settings }: NetworksContext,
  family: 4 | 6,
  taken: ReturnType<typeof networkOf>[],
): Promise<SubnetSpec> {
  const free = networksOfPools(family, settings).filter(candidate => !taken.some(other => overlaps(other, candidate)))
  const subnet = await worker.call('findFreeNetwork', { candidates: free.map(networkText) })
  if (subnet === undefined) throw family === 4 ? networkFaults.NO_POOL_V4() : networkFaults.NO_POOL_V6()
  return { subnet, gateway: firstAddressOf(networkOf(subnet)), auxiliary: {}, isAutomatic: true }
}

/** The first address that is nobody's, within the range if there is one, as Docker chooses it. */
function withGateway(spec: SubnetSpec): SubnetSpec {
  if (spec.gateway !== undefined) return spec
  const network = networkOf(spec.subnet)
  const pool = new AddressPool(network, spec.range === undefined ? network : networkOf(spec.range))
  for (const address of Object.values(spec.auxiliary)) pool.reserve(address)
  return { ...spec, gateway: pool.take() }
}

function networkOf(text: string) {
  const parsed = parseIpNetwork(text)
  if (!parsed) throw new TypeError(`not a network: ${text}`)
  return parsed.network
}
