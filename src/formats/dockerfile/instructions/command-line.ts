import type { CommandLine, RunInstruction } from '../dockerfile.ts'
import { WordError } from '../faults.ts'
import type { RawInstruction } from '../reader.ts'
import { parseDevice } from '../run-device.ts'
import { parseRunMount } from '../run-mount.ts'
import { parseStringArray } from '../split.ts'
import { faultIn, needsOne } from './fault.ts'
import { type Flags, readFlags } from './flags.ts'

const MIXED = 'when using JSON array syntax, arrays must be comprised of strings only'

/** A JSON array is the exec form, anything else the shell form, also an array that is not quite JSON. */
export function readCommandLine(raw: RawInstruction, text = raw.rest.text): CommandLine {
  const values = parseStringArray(text)
  if (values === 'mixed') throw faultIn(raw, MIXED, raw.rest)
  const files = raw.heredocs.map(({ name, content, chomp }) => ({ name, data: content, chomp }))
  if (values) return { form: 'exec', arguments: values, files }
  return { form: 'shell', arguments: text === '' ? [] : [text], files }
}

export function readCmd(raw: RawInstruction) {
  readFlags(raw, {})
  return { kind: 'cmd' as const, command: readCommandLine(raw) }
}

export function readEntrypoint(raw: RawInstruction) {
  readFlags(raw, {})
  return { kind: 'entrypoint' as const, command: readCommandLine(raw) }
}

export function readShell(raw: RawInstruction) {
  readFlags(raw, {})
  const { form, arguments: shell } = readCommandLine(raw)
  if (shell.length === 0) throw needsOne(raw)
  if (form === 'exec') return { kind: 'shell' as const, shell }
  throw faultIn(raw, 'SHELL requires the arguments to be in JSON form', raw.rest, 'SHELL ["/bin/bash", "-c"]')
}

export function readRun(raw: RawInstruction) {
  const flags = readFlags(raw, { mount: 'list', network: 'text', security: 'text', device: 'list' })
  const command = readCommandLine(raw)
  for (const [index, mount] of flags.list('mount').entries())
    checked(raw, flags, 'mount', index, () => parseRunMount(mount))
  return {
    kind: 'run' as const,
    command,
    mounts: flags.list('mount'),
    network: networkOf(raw, flags),
    security: securityOf(raw, flags),
    devices: flags.list('device').map((text, index) => checked(raw, flags, 'device', index, () => parseDevice(text))),
  }
}

function checked<T>(raw: RawInstruction, flags: Flags, name: string, index: number, read: () => T): T {
  try {
    return read()
  } catch (failure) {
    throw failure instanceof WordError ? faultIn(raw, failure.message, flags.part(name, index)) : failure
  }
}

function networkOf(raw: RawInstruction, flags: Flags): RunInstruction['network'] {
  const value = flags.text('network') ?? 'default'
  if (value === 'default' || value === 'none' || value === 'host') return value
  throw faultIn(
    raw,
    `invalid network mode ${JSON.stringify(value)}`,
    flags.part('network'),
    'one of default, none, host',
  )
}

function securityOf(raw: RawInstruction, flags: Flags): RunInstruction['security'] {
  const value = flags.text('security') ?? 'sandbox'
  if (value === 'sandbox' || value === 'insecure') return value
  throw faultIn(raw, `security ${JSON.stringify(value)} is not valid`, flags.part('security'), 'sandbox or insecure')
}
