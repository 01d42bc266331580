import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'

const PORTS = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/
const LAST_PORT = 65535

type PortRange = { from: number; to: number; protocol: string }

/** `80`, `8000-8010`, `53/udp`: containers with one of these among the ports that `portsOf` gives (`80/tcp`). */
export function portFilter(
  filter: string,
  values: string[],
  portsOf: (container: LiveContainer) => string[],
): (container: LiveContainer) => boolean {
  const ranges = values.map(value => readRange(filter, value))
  return container => portsOf(container).some(port => ranges.some(range => isIn(range, port)))
}

function readRange(filter: string, value: string): PortRange {
  const match = PORTS.exec(value)
  const from = Number(match?.[1])
  const to = Number(match?.[2] ?? match?.[1])
  if (!match || to > LAST_PORT || from > to) throw containerFaults.BAD_PORT_FILTER(filter, value)
  return { from, to, protocol: match[3] ?? 'tcp' }
}

function isIn(range: PortRange, port: string): boolean {
  const [number, protocol = 'tcp'] = port.split('/')
  return Number(number) >= range.from && Number(number) <= range.to && protocol === range.protocol
}
