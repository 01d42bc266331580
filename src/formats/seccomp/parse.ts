import type { OciSyscallArgument } from '../oci-runtime/spec.ts'
import type { Conditions, ProfileRule, SeccompProfile } from './profile-types.ts'

const ACTIONS = new Set(
  ['KILL', 'KILL_PROCESS', 'KILL_THREAD', 'TRAP', 'ERRNO', 'TRACE', 'ALLOW', 'LOG'].map(name => `SCMP_ACT_${name}`),
)
const OPERATORS = new Set(['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map(name => `SCMP_CMP_${name}`))
const FLAGS = new Set(['TSYNC', 'LOG', 'SPEC_ALLOW', 'WAIT_KILLABLE_RECV'].map(name => `SECCOMP_FILTER_FLAG_${name}`))

/** A profile that cannot be used; the message says why, in Docker's words where it has some. */
export class SeccompProfileError extends Error {
  override readonly name = 'SeccompProfileError'
}

/** A JSON profile as users write it (`--security-opt seccomp=FILE`). Throws {@link SeccompProfileError}. Unknown keys are ignored, as Docker does. */
export function parseProfile(text: string): SeccompProfile {
  const source = object(decode(text), 'profile')
  const architectures = texts(source.architectures, 'architectures')
  const archMap = list(source.archMap, 'archMap').map(entry => architecture(object(entry, 'archMap')))
  if (architectures.length > 0 && archMap.length > 0) throw both('architectures', 'archMap')
  const syscalls = list(source.syscalls, 'syscalls').map(entry => rule(object(entry, 'syscalls')))
  const defaultAction = word(source.defaultAction, 'defaultAction')
  if (defaultAction !== '' || syscalls.length > 0) known(defaultAction, ACTIONS, 'a valid action for seccomp')
  const flags = texts(source.flags, 'flags')
  for (const flag of flags) known(flag, FLAGS, 'a valid flag for seccomp')
  return { defaultAction, defaultErrnoRet: errno(source.defaultErrnoRet), architectures, archMap, flags, syscalls }
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text, exactNumbers as (key: string, value: unknown) => unknown)
  } catch (cause) {
    throw new SeccompProfileError(`Decoding seccomp profile failed: ${(cause as Error).message}`)
  }
}

/** 64-bit values above 2^53 would lose their last bits as JavaScript numbers. */
function exactNumbers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isLossy = typeof value === 'number' && !Number.isSafeInteger(value)
  return isLossy && context?.source && /^\d{1,20}$/.test(context.source) ? BigInt(context.source) : value
}

function rule(source: Record<string, unknown>): ProfileRule {
  const name = word(source.name, 'name')
  const names = texts(source.names, 'names')
  if (name !== '' && names.length > 0) throw both('name', 'names')
  const action = word(source.action, 'action')
  known(action, ACTIONS, 'a valid action for seccomp')
  return {
    names: name === '' ? names : [name],
    action,
    errnoRet: errno(source.errnoRet),
    args: list(source.args, 'args').map(entry => argument(object(entry, 'args'))),
    includes: conditions(source.includes, 'includes'),
    excludes: conditions(source.excludes, 'excludes'),
  }
}

function argument(source: Record<string, unknown>): OciSyscallArgument {
  const index = whole(source.index, 'index')
  if (index > 5) throw new SeccompProfileError(`index of an argument must be 0 to 5: ${index}`)
  const op = word(source.op, 'op')
  known(op, OPERATORS, 'a valid operator for seccomp')
  return { index: Number(index), value: whole(source.value, 'value'), valueTwo: whole(source.valueTwo, 'valueTwo'), op }
}

function conditions(value: unknown, field: string): Conditions | undefined {
  if (value === undefined || value === null) return undefined
  const source = object(value, field)
  const minKernel = word(source.minKernel, 'minKernel')
  if (minKernel !== '' && !/^\d{1,4}\.\d{1,4}$/.test(minKernel)) {
    throw new SeccompProfileError(`invalid kernel version: ${JSON.stringify(minKernel)}`)
  }
  return { caps: texts(source.caps, 'caps'), arches: texts(source.arches, 'arches'), ...(minKernel && { minKernel }) }
}

const architecture = (source: Record<string, unknown>) => ({
  architecture: word(source.architecture, 'architecture'),
  subArchitectures: texts(source.subArchitectures, 'subArchitectures'),
})

const both = (one: string, other: string) =>
  new SeccompProfileError(
    `both '${one}' and '${other}' are specified in the seccomp profile, use either '${one}' or '${other}'`,
  )

function known(value: string, among: ReadonlySet<string>, what: string): void {
  if (!among.has(value)) throw new SeccompProfileError(`string ${value} is not ${what}`)
}

function wrong(field: string, wanted: string): never {
  throw new SeccompProfileError(`Decoding seccomp profile failed: ${field} must be ${wanted}`)
}

function object(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(field, 'an object')
  return value as Record<string, unknown>
}

function list(value: unknown, field: string): unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : wrong(field, 'a list')
}

function word(value: unknown, field: string): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : wrong(field, 'a string')
}

const texts = (value: unknown, field: string): string[] => list(value, field).map(item => word(item, field))

function whole(value: unknown, field: string): number | bigint {
  if (value === undefined || value === null) return 0
  if (typeof value === 'bigint' && value < 2n ** 64n) return value
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : wrong(field, 'a whole number')
}

function errno(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  const number = whole(value, 'errnoRet')
  return number <= 4095 ? Number(number) : wrong('errnoRet', 'an errno')
}
