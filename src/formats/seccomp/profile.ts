import type { OciSeccomp } from '../oci-runtime/spec.ts'
import { DEFAULT_RULES } from './default-rules.table.ts'
import type { ProfileRule, SeccompProfile } from './profile-types.ts'

/** What the conditions of a profile are held against. */
export type SeccompSubject = {
  /** The bounding set. */
  capabilities: readonly string[]
  architecture: 'amd64' | 'arm64' | 'riscv64'
  kernel: { major: number; minor: number }
}

const NATIVE = { amd64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64', riscv64: 'SCMP_ARCH_RISCV64' } as const

/** Docker's default: what is not allowed is refused with EPERM. */
export const DEFAULT_PROFILE: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 1,
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    { architecture: 'SCMP_ARCH_RISCV64' },
  ],
  syscalls: DEFAULT_RULES,
}

/** The profile in OCI form for one container; undefined for a profile that says nothing (Docker runs such a container unconfined). */
export function resolveProfile(profile: SeccompProfile, subject: SeccompSubject): OciSeccomp | undefined {
  if (profile.defaultAction === '' && profile.syscalls.length === 0) return undefined
  const rules = profile.syscalls.filter(rule => holds(rule, subject))
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet !== undefined && { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: architecturesOf(profile, subject),
    ...(profile.flags?.length && { flags: profile.flags }),
    syscalls: rules.map(({ includes: _, excludes: __, ...rule }) => rule),
  }
}

function architecturesOf(profile: SeccompProfile, subject: SeccompSubject): string[] {
  if (profile.architectures?.length) return profile.architectures
  const native = NATIVE[subject.architecture]
  const entry = profile.archMap?.find(({ architecture }) => architecture === native)
  return entry ? [entry.architecture, ...(entry.subArchitectures ?? [])] : []
}

function holds({ includes, excludes }: ProfileRule, subject: SeccompSubject): boolean {
  if (excludes?.arches?.includes(subject.architecture)) return false
  if (excludes?.caps?.some(name => subject.capabilities.includes(name))) return false
  if (excludes?.minKernel && isAtLeast(subject.kernel, excludes.minKernel)) return false
  if (includes?.arches?.length && !includes.arches.includes(subject.architecture)) return false
  if (includes?.caps?.some(name => !subject.capabilities.includes(name))) return false
  return !includes?.minKernel || isAtLeast(subject.kernel, includes.minKernel)
}

function isAtLeast(kernel: SeccompSubject['kernel'], version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return kernel.major > major || (kernel.major === major && kernel.minor >= minor)
}
