import { existsSync } from 'node:fs'
import type { Nftables, NftObject } from '../syscalls/nftables.ts'
import { hasLegacyTables } from './generation.ts'
import { linkName, tableName } from './words.ts'

/**
 * Other firewalls whose forward chain drops what it does not know (ufw, firewalld, Docker, a hand-written nftables.conf). A
 * packet has to be accepted by every one, so ours cannot overrule them from its own table: an accept for our bridges is put
 * at the head of theirs, under a comment that names its owner, and goes when we go. What may really enter is still decided
 * by our own table.
 */
type Chain = { family: string; table: string; name: string; hook?: string; type?: string; policy?: string }
type Rule = { family: string; table: string; chain: string; handle: number; comment?: string; expr?: NftObject[] }

const FAMILIES = ['ip', 'ip6', 'inet']
/** Docker's place for rules of others; it survives Docker's restarts. */
const USER_CHAIN = 'DOCKER-USER'
const LEGACY_PROGRAM = ['/usr/sbin/iptables-legacy', '/sbin/iptables-legacy']

const commentOf = (owner: string): string => `${tableName(owner)} container traffic`

/** Answers with the chains that needed it, as `family table chain`. */
export function acceptForeign(owner: string, bridges: string[], nft: Nftables): string[] {
  const { chains, rules } = survey(nft)
  const wanted = chains
    .filter(chain => isForeignForward(chain) && drops(chain, rules))
    .map(chain => place(chain, chains))
  const commands = wanted
    .filter(chain => !isAccepted(chain, owner, bridges, rules))
    .flatMap(chain => [...removals(rulesIn(chain, rules), owner), ...insertions(chain, owner, bridges)])
  if (commands.length > 0) nft.run(commands.join('\n'))
  return [...wanted.map(({ family, table, name }) => `${family} ${table} ${name}`), ...acceptLegacy(owner, bridges)]
}

export function withdrawForeign(owner: string, nft: Nftables): void {
  const commands = removals(survey(nft).rules, owner)
  if (commands.length > 0) nft.run(commands.join('\n'))
  withdrawLegacy(owner)
}

function survey(nft: Nftables): { chains: Chain[]; rules: Rule[] } {
  const chains = nft.list('list chains').flatMap(({ chain }) => (chain ? [chain as Chain] : []))
  const concerned = chains.filter(chain => isForeignForward(chain) || chain.name === USER_CHAIN)
  const rules = concerned.flatMap(({ family, table, name }) =>
    nft
      .list(`list chain ${family} ${quoted(table)} ${quoted(name)}`)
      .flatMap(({ rule }) => (rule ? [rule as Rule] : [])),
  )
  return { chains, rules }
}

/** Names in a listing come from the kernel, where anybody may have put any text: only plain ones are used in commands. */
const isPlain = (name: string): boolean => /^[A-Za-z][\w.-]*$/.test(name)
function quoted(name: string): string {
  if (!isPlain(name)) throw new TypeError(`unusual name in the firewall: ${JSON.stringify(name)}`)
  return name
}

function isForeignForward({ family, table, name, hook, type }: Chain): boolean {
  const isUsable = FAMILIES.includes(family) && isPlain(table) && isPlain(name)
  return isUsable && hook === 'forward' && type === 'filter' && !/^berth(_|$)/.test(table)
}

/** By its policy, or by a last rule that takes all that is left. */
function drops(chain: Chain, rules: Rule[]): boolean {
  const last = rulesIn(chain, rules).at(-1)?.expr ?? []
  const decisive = last.filter(expression => !('counter' in expression))
  return chain.policy === 'drop' || (decisive.length === 1 && ('drop' in decisive[0]! || 'reject' in decisive[0]!))
}

const rulesIn = ({ family, table, name }: Chain, rules: Rule[]): Rule[] =>
  rules.filter(rule => rule.family === family && rule.table === table && rule.chain === name)

function place(chain: Chain, chains: Chain[]): Chain {
  return (
    chains.find(({ family, table, name }) => family === chain.family && table === chain.table && name === USER_CHAIN) ??
    chain
  )
}

/** Ours are there, at the head, in the right number. */
function isAccepted(chain: Chain, owner: string, bridges: string[], rules: Rule[]): boolean {
  const head = rulesIn(chain, rules).slice(0, bridges.length * 2)
  return head.length === bridges.length * 2 && head.every(({ comment }) => comment === commentOf(owner))
}

function insertions({ family, table, name }: Chain, owner: string, bridges: string[]): string[] {
  const rule = `insert rule ${family} ${quoted(table)} ${quoted(name)}`
  return bridges.flatMap(bridge =>
    ['iifname', 'oifname'].map(
      side => `${rule} ${side} "${linkName(bridge)}" counter accept comment "${commentOf(owner)}"`,
    ),
  )
}

const removals = (rules: Rule[], owner: string): string[] =>
  rules
    .filter(({ comment }) => comment === commentOf(owner))
    .map(
      ({ family, table, chain, handle }) => `delete rule ${family} ${quoted(table)} ${quoted(chain)} handle ${handle}`,
    )

function acceptLegacy(owner: string, bridges: string[]): string[] {
  const listed = legacy(['-S'])
  if (listed === undefined) return []
  const isDropping = /^-P FORWARD DROP$/m.test(listed) || /^-A FORWARD -j (?:DROP|REJECT)/m.test(listed)
  if (!isDropping) return []
  const chain = listed.includes(`-N ${USER_CHAIN}\n`) ? USER_CHAIN : 'FORWARD'
  for (const rule of legacyRules(owner, bridges)) {
    if (!listed.includes(`-A ${chain} ${rule.printed}`)) legacy(['-I', chain, ...rule.argv])
  }
  return [`legacy filter ${chain}`]
}

function legacyRules(owner: string, bridges: string[]) {
  return bridges.flatMap(bridge =>
    ['-i', '-o'].map(side => ({
      argv: [side, linkName(bridge), '-m', 'comment', '--comment', commentOf(owner), '-j', 'ACCEPT'],
      printed: `${side} ${bridge} -m comment --comment "${commentOf(owner)}" -j ACCEPT`,
    })),
  )
}

function withdrawLegacy(owner: string): void {
  const rule = new RegExp(`^-A (\\S+) (-[io]) (\\S+) -m comment --comment "${commentOf(owner)}" -j ACCEPT$`, 'gm')
  for (const [, chain = '', side = '', bridge = ''] of (legacy(['-S']) ?? '').matchAll(rule)) {
    legacy(['-D', chain, side, bridge, '-m', 'comment', '--comment', commentOf(owner), '-j', 'ACCEPT'])
  }
}

/** What the program prints; undefined where there is nothing for it to do, or no such program. Asking it would make tables that were not there. */
function legacy(argv: string[]): string | undefined {
  const program = hasLegacyTables() ? LEGACY_PROGRAM.find(path => existsSync(path)) : undefined
  if (!program) return undefined
  const { stdout, success } = Bun.spawnSync([program, '-w', ...argv], { stderr: 'ignore' })
  return success ? stdout.toString() : undefined
}
