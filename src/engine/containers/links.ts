import type { HostConfig } from '../../formats/engine-api/container.ts'
import { replaceLinkedHost } from '../networks/names/linked-hosts.ts'
import type { LinkedHost } from '../networks/networks.ts'
import { type ContainerLink, type ContainerRecord, isRunning } from './container.ts'
import type { ContainerTable } from './container-table.ts'
import { type ContainerContext, pathsOf } from './context.ts'
import { createFaults } from './create/faults.ts'
import { containerFaults } from './faults.ts'

/**
 * --link on the default bridge, as Docker keeps it for old files: names in /etc/hosts, and variables that tell ports and
 * environment of the other one. In user-defined networks links are names of the resolver.
 */

/** Throws 400 for one that is not there. */
export function resolveLinks(table: ContainerTable, { Links, NetworkMode = '' }: HostConfig): ContainerLink[] {
  if (!Links?.length || !hasOldLinks(NetworkMode)) return []
  return Links.map(text => {
    const { name, alias } = parseLink(text)
    const target = table.find(name)
    if (!target) throw createFaults.LINK_TARGET(name)
    if (target.record.hostConfig.NetworkMode === 'host') throw createFaults.LINKS_HOST()
    return { id: target.id, name: target.record.name, alias }
  })
}

/** Of the modes that have no names of their own. */
const hasOldLinks = (mode: string): boolean => ['', 'default', 'bridge', 'none'].includes(mode)

/** `db`, `db:database`, or, as inspect shows it, `/db:/web/database`. Blanks would become words of /etc/hosts. */
function parseLink(text: string): { name: string; alias: string } {
  const [name = '', alias = name, more] = text.split(':')
  const last = alias.split('/').at(-1) ?? ''
  if (name === '' || last === '' || more !== undefined || /[\s\p{Cc}=]/u.test(last))
    throw createFaults.LINK_FORMAT(text)
  return { name: name.replace(/^\//, ''), alias: last }
}

/** As HostConfig.Links shows them. */
export const shownLinks = (
  { name, links = [] }: ContainerRecord,
  nameOf: (id: string) => string | undefined,
): string[] | null =>
  links.length > 0 ? links.map(link => `/${nameOf(link.id) ?? link.name}:/${name}/${link.alias}`) : null

type Linked = { link: ContainerLink; target: ContainerRecord; address: string }

/** Throws 500, as Docker does, if one of them does not run. */
function linked({ table }: Pick<ContainerContext, 'table'>, { name, links = [] }: ContainerRecord): Linked[] {
  return links.map(link => {
    const target = table.find(link.id)?.record
    const address = target && isRunning(target.state) ? addressOn(target) : undefined
    if (!target || address === undefined) {
      throw containerFaults.LINK_NOT_RUNNING(target?.name ?? link.name, name, link.alias)
    }
    return { link, target, address }
  })
}

const addressOn = ({ attachment }: ContainerRecord): string | undefined => attachment?.endpoints['bridge']?.IPAddress

export const linkedHosts = (context: Pick<ContainerContext, 'table'>, record: ContainerRecord): LinkedHost[] =>
  linked(context, record).map(({ link, target, address }) => ({ address, names: namesOf(link, target) }))

const namesOf = ({ alias }: ContainerLink, { config, name }: ContainerRecord): string =>
  [...new Set([alias, config.Hostname ?? '', name])].filter(Boolean).join(' ')

/** Docker's variables: `DB_PORT_80_TCP_ADDR`, `DB_NAME`, `DB_ENV_…`. Of one that has ended meanwhile there are none. */
export function linkEnvironment({ table }: Pick<ContainerContext, 'table'>, record: ContainerRecord): string[] {
  return (record.links ?? []).flatMap(link => {
    const target = table.find(link.id)?.record
    const address = target && addressOn(target)
    return target && address ? variablesOf(link, record.name, target, address) : []
  })
}

function variablesOf({ alias }: ContainerLink, parent: string, { config }: ContainerRecord, address: string): string[] {
  const prefix = alias.toUpperCase().replaceAll('-', '_')
  const ports = Object.keys(config.ExposedPorts ?? {}).sort(byNumber)
  const [first] = ports
  return [
    ...(first ? [`${prefix}_PORT=${urlOf(address, first)}`] : []),
    ...ports.flatMap(port => portVariables(prefix, address, port)),
    `${prefix}_NAME=/${parent}/${alias}`,
    ...(config.Env ?? [])
      .filter(entry => /^[^=]+=/.test(entry) && !entry.startsWith('PATH='))
      .map(entry => `${prefix}_ENV_${entry}`),
  ]
}

const byNumber = (one: string, other: string): number => Number.parseInt(one, 10) - Number.parseInt(other, 10)
const urlOf = (address: string, port: string): string => {
  const [number, protocol = 'tcp'] = port.split('/')
  return `${protocol}://${address}:${number}`
}

function portVariables(prefix: string, address: string, port: string): string[] {
  const [number, protocol = 'tcp'] = port.split('/')
  const key = `${prefix}_PORT_${number}_${protocol.toUpperCase()}`
  return [
    `${key}=${urlOf(address, port)}`,
    `${key}_ADDR=${address}`,
    `${key}_PORT=${number}`,
    `${key}_PROTO=${protocol}`,
  ]
}

/** It has started again, perhaps elsewhere: those that are linked to it learn its address. */
export function tellLinked(context: ContainerContext, target: ContainerRecord): void {
  const address = addressOn(target)
  if (address === undefined) return
  for (const other of context.table.all()) {
    const link = other.record.links?.find(({ id }) => id === target.id)
    if (!link || !isRunning(other.record.state)) continue
    replaceLinkedHost(pathsOf(context, other).directory, { address, names: namesOf(link, target) })
  }
}
