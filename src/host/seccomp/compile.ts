import { createHash } from 'node:crypto'
import type { OciSeccomp, OciSyscallArgument, OciSyscallRule } from '../../formats/oci-runtime/spec.ts'
import { seccompFaults } from './faults.ts'
import { architectureToken, type FilterContext, numberOn, openFilter } from './libseccomp.ts'
import { type NewerRule, newerCall, newerCallsPrologue } from './newer-calls.ts'

const ALLOW = 0x7fff0000
const ACTIONS: Record<string, number> = {
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: ALLOW,
}
const OPERATORS: Record<string, number> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
}
const EPERM = 1
/** No AUDIT_ARCH of its own: the kernel tells x32 by a bit in the number. */
const X32 = 0x4000003e
const LARGEST_CACHE = 64

const cache = new Map<string, Buffer>()

/**
 * The BPF program of a profile for this machine, as the kernel takes it (an array of `struct sock_filter`); about 10 ms
 * for a profile seen first, then from memory. System calls that libseccomp does not know are left out, as runc and crun do.
 * Throws seccompFaults.
 */
export function compileSeccomp(profile: OciSeccomp): Buffer {
  const key = createHash('sha256').update(JSON.stringify(profile, bigAsText)).digest('hex')
  const known = cache.get(key)
  if (known) return known
  const program = compile(profile)
  if (cache.size >= LARGEST_CACHE) cache.delete(cache.keys().next().value!)
  cache.set(key, program)
  return program
}

const bigAsText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)

function compile(profile: OciSeccomp): Buffer {
  const fallback = action(profile.defaultAction, profile.defaultErrnoRet)
  using filter = openFilter(fallback)
  for (const architecture of profile.architectures ?? []) filter.addArchitecture(architecture)
  for (const rule of profile.syscalls) addRule(filter, rule, fallback)
  const program = filter.exportBpf()
  return refuses(fallback) ? Buffer.concat([prologue(profile, fallback), program]) : program
}

const refuses = (fallback: number): boolean => fallback !== ALLOW && fallback !== ACTIONS['SCMP_ACT_LOG']

function prologue(profile: OciSeccomp, fallback: number): Buffer {
  const names = profile.syscalls.flatMap(rule => rule.names.map(name => ({ name, rule })))
  const newer = names.filter(({ name, rule }) => isNewer(name) && !rule.args?.length)
  const rules = newer.map(({ name, rule }) => ({
    number: newerCall(name)!,
    action: action(rule.action, rule.errnoRet),
  }))
  const tokens = new Set([architectureToken(), ...(profile.architectures ?? []).map(name => architectureToken(name))])
  const bounds = [...tokens].filter(token => token !== X32).map(token => ({ token, largest: largest(token, names) }))
  return newerCallsPrologue(distinct(rules, fallback), bounds)
}

/** Not known to this libseccomp, but to us. */
const isNewer = (name: string): boolean =>
  newerCall(name) !== undefined && numberOn(architectureToken(), name) === undefined

/** Of several rules for one call the first that is not the default counts. */
function distinct(rules: NewerRule[], fallback: number): NewerRule[] {
  const byNumber = new Map<number, NewerRule>()
  for (const rule of rules) if (rule.action !== fallback && !byNumber.has(rule.number)) byNumber.set(rule.number, rule)
  return [...byNumber.values()]
}

const largest = (token: number, names: { name: string }[]): number =>
  names.reduce((most, { name }) => Math.max(most, numberOn(token, name) ?? newerCall(name) ?? 0), 0)

function action(name: string, errno: number | undefined): number {
  const base = ACTIONS[name]
  if (base === undefined) throw seccompFaults.INVALID(`string ${name} is not a valid action for seccomp`)
  const takesErrno = name === 'SCMP_ACT_ERRNO' || name === 'SCMP_ACT_TRACE'
  return takesErrno ? (base | (errno ?? EPERM)) >>> 0 : base
}

function addRule(filter: FilterContext, rule: OciSyscallRule, fallback: number): void {
  const what = action(rule.action, rule.errnoRet)
  if (what === fallback) return
  const groups = argumentGroups(rule.args ?? [])
  for (const name of rule.names) {
    const number = filter.resolve(name)
    if (number === undefined) continue
    for (const group of groups) filter.addRule(what, number, group.map(comparison), name)
  }
}

/** Conditions on different arguments hold together; several on one argument are alternatives, each a rule (runc's reading). */
function argumentGroups(args: OciSyscallArgument[]): OciSyscallArgument[][] {
  const indexes = new Set(args.map(({ index }) => index))
  return indexes.size === args.length ? [args] : args.map(one => [one])
}

function comparison({ index, op, value, valueTwo }: OciSyscallArgument) {
  const operator = OPERATORS[op]
  if (operator === undefined) throw seccompFaults.INVALID(`string ${op} is not a valid operator for seccomp`)
  return { index, operator, first: BigInt(value), second: BigInt(valueTwo ?? 0) }
}
