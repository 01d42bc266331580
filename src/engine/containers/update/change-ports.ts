import type { PortBinding, PortMap } from '../../../formats/engine-api/common.ts'
import type { ContainerConfig, HostConfig } from '../../../formats/engine-api/container.ts'
import { formatPort, type PortRange, parsePort, parsePortRange } from '../../../formats/ports/ports.ts'
import type { PortRemoval, PortsWanted } from '../../networks/networks.ts'
import type { ContainerRecord } from '../container.ts'
import { containerFaults } from '../faults.ts'

export type ChangedPorts = {
  config: Pick<ContainerConfig, 'ExposedPorts'>
  hostConfig: Pick<HostConfig, 'PortBindings'>
  /** For a container that runs. */
  wanted: PortsWanted
}

/** The published ports after an update; undefined if nothing is asked for. Throws 400, 404 and 409 faults. */
export function changePorts(record: ContainerRecord, add: PortMap, remove: PortMap): ChangedPorts | undefined {
  if (Object.keys(add).length === 0 && Object.keys(remove).length === 0) return undefined
  const bindings = normalised(record.hostConfig.PortBindings ?? {})
  const removals = Object.entries(normalised(remove)).flatMap(([key, list]) => take(record, bindings, key, list))
  const added = normalised(add)
  for (const [key, list] of Object.entries(added)) put(bindings, key, list.length > 0 ? list : [{}])
  const exposed = { ...record.config.ExposedPorts, ...Object.fromEntries(Object.keys(added).map(key => [key, {}])) }
  return {
    config: { ExposedPorts: exposed },
    hostConfig: { PortBindings: Object.fromEntries(Object.entries(bindings).filter(([, list]) => list.length > 0)) },
    wanted: {
      add: Object.fromEntries(Object.entries(added).map(([key, list]) => [key, list.length > 0 ? list : [{}]])),
      remove: removals,
      exposed: Object.keys(exposed),
    },
  }
}

type Bindings = Record<string, PortBinding[]>

function normalised(map: PortMap): Bindings {
  const found: Bindings = {}
  for (const [text, list] of Object.entries(map)) {
    const port = parsePort(text)
    if (!port) throw containerFaults.BAD_PORT(text)
    found[formatPort(port)] = [...(found[formatPort(port)] ?? []), ...(list ?? [])]
  }
  return found
}

function put(bindings: Bindings, key: string, list: PortBinding[]): void {
  const there = bindings[key] ?? []
  const twice = list.find(one => isFixed(one) && there.some(other => same(one, other)))
  if (twice) throw containerFaults.PUBLISHED_TWICE(placeOf(twice), key)
  bindings[key] = [...there, ...list]
}

const isFixed = ({ HostPort }: PortBinding): boolean => !['', '0', undefined].includes(HostPort)
const same = (one: PortBinding, other: PortBinding): boolean =>
  (one.HostPort ?? '') === (other.HostPort ?? '') && (one.HostIp ?? '') === (other.HostIp ?? '')
const placeOf = ({ HostIp, HostPort }: PortBinding): string => (HostIp ? `${HostIp}:` : '') + (HostPort ?? '')

/** Takes bindings out, and says what that means for a container that runs. */
function take(record: ContainerRecord, bindings: Bindings, key: string, list: PortBinding[]): PortRemoval[] {
  const there = bindings[key] ?? []
  if (there.length === 0) throw containerFaults.NOT_PUBLISHED(key)
  if (list.length === 0 || list.some(({ HostIp, HostPort }) => !HostIp && rangeOf(HostPort) === undefined)) {
    bindings[key] = []
    return [{ key }]
  }
  return list.map(wanted => {
    const left = bindings[key] ?? []
    const place = left.findIndex(binding => isMeant(record, key, wanted, binding))
    if (place < 0) throw containerFaults.NOT_PUBLISHED(`${placeOf(wanted)}:${key}`)
    bindings[key] = left.toSpliced(place, 1)
    const hostPorts = rangeOf(wanted.HostPort)
    return { key, ...(hostPorts && { hostPorts }), ...(wanted.HostIp && { hostIp: wanted.HostIp }) }
  })
}

/** As it was asked for, or one whose port was left to us, by the port that it has got. */
function isMeant({ attachment }: ContainerRecord, key: string, wanted: PortBinding, binding: PortBinding): boolean {
  if (wanted.HostIp && binding.HostIp && wanted.HostIp !== binding.HostIp) return false
  if (!isFixed(wanted) || wanted.HostPort === binding.HostPort) return true
  const range = rangeOf(binding.HostPort)
  if (range?.first === range?.last && range !== undefined) return false
  return (attachment?.ports[key] ?? []).some(({ HostPort }) => HostPort === wanted.HostPort)
}

function rangeOf(text: string | undefined): PortRange | undefined {
  if (text === undefined || text === '' || text === '0') return undefined
  try {
    return parsePortRange(text)
  } catch {
    throw containerFaults.BAD_PORT(text)
  }
}
