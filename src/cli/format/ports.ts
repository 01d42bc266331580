import type { ContainerPort } from '../../formats/engine-api/container.ts'

/** `0.0.0.0:8080->80/tcp, 443/tcp`; neighbouring ports that lead nowhere else are drawn together. Source: docker's formatter, DisplayablePorts. */
export function portsText(ports: readonly ContainerPort[]): string {
  const done: string[] = []
  const mapped: string[] = []
  const open = new Map<string, { first: number; last: number }>()
  for (const port of ports.toSorted(comparePorts)) {
    if (port.IP && port.PublicPort !== port.PrivatePort) {
      mapped.push(`${hostPort(port.IP, String(port.PublicPort ?? 0))}->${port.PrivatePort}/${port.Type}`)
      continue
    }
    const key = port.IP ? `${port.IP}/${port.Type}` : port.Type
    const group = open.get(key)
    if (group && port.PrivatePort === group.last + 1) group.last = port.PrivatePort
    else {
      if (group) done.push(groupText(key, group))
      open.delete(key)
      open.set(key, { first: port.PrivatePort, last: port.PrivatePort })
    }
  }
  return [...done, ...[...open].map(([key, group]) => groupText(key, group)), ...mapped].join(', ')
}

function groupText(key: string, { first, last }: { first: number; last: number }): string {
  const slash = key.lastIndexOf('/')
  const ports = first === last ? String(first) : `${first}-${last}`
  return slash < 0 ? `${ports}/${key}` : `${hostPort(key.slice(0, slash), ports)}->${ports}/${key.slice(slash + 1)}`
}

/** IPv6 addresses in brackets. */
export const hostPort = (host: string, port: string): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

const order = <T>(left: T, right: T): number => (left < right ? -1 : left > right ? 1 : 0)
const comparePorts = (left: ContainerPort, right: ContainerPort): number =>
  order(left.PrivatePort, right.PrivatePort) ||
  order(left.IP ?? '', right.IP ?? '') ||
  order(left.PublicPort ?? 0, right.PublicPort ?? 0) ||
  order(left.Type, right.Type)
