import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { isLoopback, parseIp } from '../../formats/addresses/ip.ts'
import type { ResolverEndpoint, ResolverNetwork, ResolverSandbox } from './contract.ts'

/**
 * What the daemon tells the resolver (control.c reads it): u32 length, u8 kind, u32 sequence, fields; numbers little-endian, a text
 * has a u16 length before it, a list a u16 count. The answer to each is u32 sequence, i32 errno.
 */
export type Message =
  /** What is not told again before `settle` goes. */
  | { kind: 'begin' }
  | { kind: 'settle' }
  | { kind: 'network'; network: ResolverNetwork }
  | { kind: 'endpoint'; endpoint: ResolverEndpoint }
  | { kind: 'withdraw'; id: string }
  | { kind: 'sandbox'; sandbox: ResolverSandbox }
  | { kind: 'end'; id: string }
  | { kind: 'host-servers'; servers: string[] }
  /** The process ends. */
  | { kind: 'quit' }

const KINDS: Message['kind'][] = [
  'begin',
  'settle',
  'network',
  'endpoint',
  'withdraw',
  'sandbox',
  'end',
  'host-servers',
  'quit',
]
const FORWARDS = 1
const NDOTS_SET = 2
const HAS_IPV6 = 4
const OWN_SERVERS = 8

export function encodeMessage(sequence: number, message: Message): Buffer {
  const fields = Buffer.concat([Buffer.of(KINDS.indexOf(message.kind)), u32(sequence), ...fieldsOf(message)])
  return Buffer.concat([u32(fields.length), fields])
}

function fieldsOf(message: Message): Buffer[] {
  if (message.kind === 'network') return [text(message.network.id), text(message.network.name.toLowerCase())]
  if (message.kind === 'endpoint') return endpointFields(message.endpoint)
  if (message.kind === 'sandbox') return sandboxFields(message.sandbox)
  if (message.kind === 'host-servers') return servers(message.servers)
  return 'id' in message ? [text(message.id)] : []
}

const endpointFields = ({ id, networkId, names, addresses }: ResolverEndpoint): Buffer[] => [
  text(id),
  text(networkId),
  ...list(addresses.flatMap(knownAddress), address => [bytes(address)]),
  ...list(names, name => [text(name.toLowerCase())]),
]

function sandboxFields(sandbox: ResolverSandbox): Buffer[] {
  const flags =
    (sandbox.isForwarding ? FORWARDS : 0) |
    (sandbox.isNdotsSet ? NDOTS_SET : 0) |
    (sandbox.hasIpv6 ? HAS_IPV6 : 0) |
    (sandbox.servers.length > 0 ? OWN_SERVERS : 0)
  return [
    text(sandbox.id),
    text(basename(sandbox.namespacePath)),
    Buffer.of(flags),
    ...list(sandbox.networks, ({ id, links = {} }) => [text(id), ...linkFields(links)]),
    ...servers(sandbox.servers),
  ]
}

const linkFields = (links: Record<string, string>): Buffer[] =>
  list(Object.entries(links), ([alias, name]) => [text(alias.toLowerCase()), text(name.toLowerCase())])

/** Address, scope of a link-local one, and whether it is on loopback. What is no address is left out, as resolvers do. */
const servers = (given: string[]): Buffer[] =>
  list(given.flatMap(readServer), ({ address, scope, isLocal }) => [
    bytes(address),
    u32(scope),
    Buffer.of(Number(isLocal)),
  ])

function readServer(server: string): { address: Uint8Array; scope: number; isLocal: boolean }[] {
  const [address = '', zone] = server.split('%')
  const parsed = parseIp(address)
  const scope = zone === undefined ? 0 : indexOfLink(zone)
  return parsed && scope !== undefined ? [{ address: parsed.bytes, scope, isLocal: isLoopback(parsed) }] : []
}

function indexOfLink(zone: string): number | undefined {
  if (/^\d{1,9}$/.test(zone)) return Number(zone)
  try {
    return /^[\w.-]{1,15}$/.test(zone) ? Number(readFileSync(`/sys/class/net/${zone}/ifindex`, 'utf8')) : undefined
  } catch {
    return undefined
  }
}

function knownAddress(address: string): Uint8Array[] {
  const parsed = parseIp(address)
  return parsed ? [parsed.bytes] : []
}

const list = <T>(items: T[], fields: (item: T) => Buffer[]): Buffer[] => [u16(items.length), ...items.flatMap(fields)]
const bytes = (content: Uint8Array): Buffer => Buffer.concat([Buffer.of(content.length), content])

function text(content: string): Buffer {
  const encoded = Buffer.from(content)
  return Buffer.concat([u16(encoded.length), encoded])
}

function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeUInt16LE(value)
  return buffer
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(value)
  return buffer
}
