import type { HostConfig } from '../../../formats/engine-api/container.ts'
import { parseProfile } from '../../../formats/seccomp/parse.ts'
import type { SeccompProfile } from '../../../formats/seccomp/profile-types.ts'
import { createFaults } from './faults.ts'

/** 'builtin' is the profile of our own. */
export type SeccompChoice = 'builtin' | 'unconfined' | SeccompProfile

/** HostConfig.SecurityOpt, read. */
export type SecurityOptions = {
  /** undefined: as the daemon has it. */
  noNewPrivileges?: boolean
  /** 'daemon': as the daemon has it. */
  seccomp: 'daemon' | SeccompChoice
  /** '' is the default profile. */
  appArmor: string
  writableCgroups?: boolean
  /** No masked and read-only paths. */
  unmasked: boolean
}

/** Reads the options; the last of a kind wins. SELinux labels are accepted and have no effect where SELinux is off. Throws createFaults. */
export function parseSecurityOptions(options: HostConfig['SecurityOpt']): SecurityOptions {
  const read: SecurityOptions = { seccomp: 'daemon', appArmor: '', unmasked: false }
  for (const option of options ?? []) readOption(read, option)
  return read
}

function readOption(read: SecurityOptions, option: string): void {
  if (option === 'no-new-privileges') read.noNewPrivileges = true
  else if (option === 'writable-cgroups') read.writableCgroups = true
  else if (option !== 'disable') readPair(read, option)
}

/** `key=value`, or `key:value` as old clients write it. */
function readPair(read: SecurityOptions, option: string): void {
  const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':')
  if (at < 0) throw createFaults.SECURITY_OPT(1, option)
  const [key, value] = [option.slice(0, at), option.slice(at + 1)]
  if (key === 'seccomp') read.seccomp = parseSeccompChoice(value)
  else if (key === 'apparmor') read.appArmor = value
  else if (key === 'no-new-privileges') read.noNewPrivileges = truth(value, option)
  else if (key === 'writable-cgroups') read.writableCgroups = truth(value, option)
  else if (key === 'systempaths' && value === 'unconfined') read.unmasked = true
  else if (key !== 'label') throw createFaults.SECURITY_OPT(2, option)
}

/** A value of `seccomp=`: a name, or the text of a profile. Throws createFaults. */
export function parseSeccompChoice(value: string): SeccompChoice {
  if (value === '' || value === 'builtin') return 'builtin'
  if (value === 'unconfined') return 'unconfined'
  try {
    return parseProfile(value)
  } catch (cause) {
    throw createFaults.SECCOMP((cause as Error).message, { cause })
  }
}

function truth(value: string, option: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false
  throw createFaults.SECURITY_OPT(2, option)
}
