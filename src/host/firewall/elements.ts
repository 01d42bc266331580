import { address, isV6, port, protocol, tableName } from './words.ts'

/**
 * One published port. `host` undefined: every address of the host that has the container's family. `kind` `open`: reached at
 * the container's own address, nothing is rewritten.
 */
export type Forward = {
  protocol: 'tcp' | 'udp'
  host?: string
  hostPort: number
  container: string
  containerPort: number
  kind?: 'open'
}

/** Commands that publish. One that is published already is no error. */
export const addText = (table: string, forwards: Forward[]): string => elementCommands('add', table, forwards)
/** Commands that withdraw; refused as a whole if one was not published. */
export const deleteText = (table: string, forwards: Forward[]): string => elementCommands('delete', table, forwards)

export function elementCommands(verb: 'add' | 'delete', table: string, forwards: Forward[]): string {
  const isSix = (forward: Forward): boolean => isV6(forward.container)
  return [
    ...commandsFor(
      verb,
      table,
      '',
      forwards.filter(forward => !isSix(forward)),
    ),
    ...commandsFor(verb, table, '6', forwards.filter(isSix)),
  ].join('\n')
}

function commandsFor(verb: 'add' | 'delete', table: string, six: '' | '6', forwards: Forward[]): string[] {
  const rewritten = forwards.filter(({ kind }) => kind !== 'open')
  const at = rewritten.filter(({ host }) => host !== undefined)
  const any = rewritten.filter(({ host }) => host === undefined)
  const value = (each: Forward): string =>
    verb === 'add' ? ` : ${address(each.container)} . ${port(each.containerPort)}` : ''
  const key = (each: Forward): string => `${protocol(each.protocol)} . ${port(each.hostPort)}`
  const sets: [string, string[]][] = [
    [`published${six}_at`, at.map(each => `${address(each.host ?? '')} . ${key(each)}${value(each)}`)],
    [`published${six}_any`, any.map(each => `${key(each)}${value(each)}`)],
    [`own${six}`, unique(rewritten.map(each => `${address(each.container)} . ${key(each)}`))],
    [`open${six}`, unique(forwards.filter(({ kind }) => kind === 'open').map(opened))],
  ]
  return sets
    .filter(([, elements]) => elements.length > 0)
    .map(([set, elements]) => `${verb} element inet ${tableName(table)} ${set} { ${elements.join(', ')} }`)
}

const opened = (each: Forward): string =>
  `${address(each.container)} . ${protocol(each.protocol)} . ${port(each.containerPort)}`
const unique = (texts: string[]): string[] => [...new Set(texts)]
