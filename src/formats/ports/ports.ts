import { isAddress } from '../addresses/is-address.ts'

/** Port grammars of the API (`80/tcp`) and of `-p`/`--expose`. Source: docker/go-connections nat. */
export const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const
export type Protocol = (typeof PROTOCOLS)[number]
export type Port = { number: number; protocol: Protocol }
/** First and last, both included. */
export type PortRange = { first: number; last: number }
/** One published port of `-p`: a key of PortBindings with one binding. `hostPort` may be '' or a range `8000-8010`. */
export type PortMapping = { port: string; hostIp: string; hostPort: string }

/** A text that is no port; the message is Docker's. */
export class PortError extends Error {
  override readonly name = 'PortError'
}

/** `80`, `80/tcp`, `53/UDP`. undefined if it is none, 0 included. */
export function parsePort(text: string): Port | undefined {
  const { ports, protocol } = splitProtocol(text)
  if (!isProtocol(protocol) || !/^\d{1,5}$/.test(ports)) return undefined
  const number = Number(ports)
  return number >= 1 && number <= 65535 ? { number, protocol } : undefined
}

export const formatPort = ({ number, protocol }: Port): string => `${number}/${protocol}`

/** `80` or `80-90`; 0 is allowed (any port). Throws {@link PortError}. */
export function parsePortRange(text: string): PortRange {
  if (text === '') throw new PortError('empty string specified for ports.')
  const [start, end = start, ...more] = text.split('-') as [string, string?, ...string[]]
  const [first, last] = [parseNumber(start), parseNumber(end)]
  if (more.length > 0 || first === undefined || last === undefined) throw new PortError(`invalid port range: ${text}`)
  if (last < first) throw new PortError(`invalid range specified for port: ${text}`)
  return { first, last }
}

const parseNumber = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined

function splitProtocol(text: string): { ports: string; protocol: string } {
  const [ports = '', protocol, ...more] = text.split('/')
  if (more.length > 0) return { ports, protocol: text.slice(ports.length + 1) }
  return { ports, protocol: (protocol || 'tcp').toLowerCase() }
}

const isProtocol = (text: string): text is Protocol => (PROTOCOLS as readonly string[]).includes(text)

/** `--expose 80-90/udp`: every port of it as a key (`80/udp`). Throws {@link PortError}. */
export function parseExposed(text: string): string[] {
  const { ports, protocol } = splitProtocol(text)
  if (!isProtocol(protocol)) throw new PortError(`invalid proto: ${protocol}`)
  return numbers(attempt(ports, `invalid range format for --expose: ${ports}`)).map(number => `${number}/${protocol}`)
}

/** `-p [[ip:][hostPort[-last]]:]containerPort[-last][/proto]`. Throws {@link PortError} with Docker's text. */
export function parsePublished(text: string): PortMapping[] {
  const { address, host, container } = splitParts(text)
  const { ports, protocol } = splitProtocol(container)
  const hostIp = address.replace(/^\[(.*)\]$/, '$1')
  if (hostIp !== '' && !isAddress(hostIp)) throw new PortError(`invalid IP address: ${hostIp}`)
  if (ports === '') throw new PortError(`no port specified: ${text}<empty>`)
  const inside = attempt(ports, `invalid containerPort: ${ports}`)
  const outside = host === '' ? undefined : attempt(host, `invalid hostPort: ${host}`)
  checkRanges(inside, outside, ports, host)
  if (!isProtocol(protocol)) throw new PortError(`invalid proto: ${protocol}`)
  return numbers(inside).map((number, index) => ({
    port: `${number}/${protocol}`,
    hostIp,
    hostPort: hostPortFor(inside, outside, index),
  }))
}

/** An address of version 6 has colons of its own; the last two parts are ports. */
function splitParts(text: string): { address: string; host: string; container: string } {
  const parts = text.split(':')
  return { address: parts.slice(0, -2).join(':'), host: parts.at(-2) ?? '', container: parts.at(-1) ?? '' }
}

function attempt(text: string, complaint: string): PortRange {
  try {
    return parsePortRange(text)
  } catch {
    throw new PortError(complaint)
  }
}

/** A range of host ports for one container port means: any of them. */
function checkRanges(inside: PortRange, outside: PortRange | undefined, ports: string, host: string): void {
  if (!outside || inside.first === inside.last || size(inside) === size(outside)) return
  throw new PortError(`invalid ranges specified for container and host Ports: ${ports} and ${host}`)
}

function hostPortFor(inside: PortRange, outside: PortRange | undefined, index: number): string {
  if (!outside) return ''
  const isAnyOf = inside.first === inside.last && outside.first !== outside.last
  return isAnyOf ? `${outside.first}-${outside.last}` : `${outside.first + index}`
}

const size = ({ first, last }: PortRange): number => last - first
const numbers = ({ first, last }: PortRange): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at)
