import { DurationError, parseDuration } from '../../../base/durations.ts'
import type { Health } from '../dockerfile.ts'
import type { RawInstruction } from '../reader.ts'
import { trimStart } from '../white-space.ts'
import { readCommandLine } from './command-line.ts'
import { faultIn, needsOne } from './fault.ts'
import { type Flags, readFlags } from './flags.ts'

const LEAST_NS = 1_000_000
const FORMS = 'HEALTHCHECK [OPTIONS] CMD command, or HEALTHCHECK NONE'

export function readHealthcheck(raw: RawInstruction) {
  const [, type = '', rest = ''] = /^(\S*)(.*)$/s.exec(raw.rest.text) ?? []
  if (type === '') throw needsOne(raw)
  if (type.toUpperCase() === 'NONE') return { kind: 'healthcheck' as const, health: none(raw, trimStart(rest)) }
  const flags = readFlags(raw, {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  })
  return { kind: 'healthcheck' as const, health: healthOf(raw, flags, type.toUpperCase(), trimStart(rest)) }
}

function none(raw: RawInstruction, rest: string): Health {
  if (rest !== '') throw faultIn(raw, 'HEALTHCHECK NONE takes no arguments', raw.rest)
  readFlags(raw, {})
  return { test: ['NONE'], interval: 0, timeout: 0, startPeriod: 0, startInterval: 0, retries: 0 }
}

function healthOf(raw: RawInstruction, flags: Flags, type: string, rest: string): Health {
  if (type !== 'CMD') {
    throw faultIn(raw, `Unknown type ${JSON.stringify(type)} in HEALTHCHECK (try CMD)`, raw.rest, FORMS)
  }
  const { form, arguments: command } = readCommandLine(raw, rest)
  if (command.length === 0) throw faultIn(raw, 'Missing command after HEALTHCHECK CMD', raw.rest, FORMS)
  return {
    test: [form === 'exec' ? 'CMD' : 'CMD-SHELL', ...command],
    interval: durationOf(raw, flags, 'interval'),
    timeout: durationOf(raw, flags, 'timeout'),
    startPeriod: durationOf(raw, flags, 'start-period'),
    startInterval: durationOf(raw, flags, 'start-interval'),
    retries: retriesOf(raw, flags),
  }
}

/** Nanoseconds; 0 for what is not given. */
function durationOf(raw: RawInstruction, flags: Flags, name: string): number {
  const value = parsedDuration(raw, flags, name)
  if (value === 0 || value >= LEAST_NS) return value
  throw faultIn(raw, `Interval ${JSON.stringify(name)} cannot be less than 1ms`, flags.part(name))
}

function parsedDuration(raw: RawInstruction, flags: Flags, name: string): number {
  try {
    return parseDuration(flags.text(name) || '0')
  } catch (failure) {
    if (failure instanceof DurationError) throw faultIn(raw, failure.message, flags.part(name), 'such as 30s or 1m30s')
    throw failure
  }
}

function retriesOf(raw: RawInstruction, flags: Flags): number {
  const text = flags.text('retries') || '0'
  const complain = (what: string) => faultIn(raw, what, flags.part('retries'))
  if (!/^[+-]?\d+$/.test(text)) throw complain(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  const retries = Number(text)
  if (Math.abs(retries) >= 2 ** 31) {
    throw complain(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`)
  }
  if (retries < 0) throw complain(`--retries cannot be negative (${retries})`)
  return retries
}
