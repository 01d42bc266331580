import type { OciSyscallArgument } from '../oci-runtime/spec.ts'

/** A seccomp profile in Docker's form: the OCI form with conditions by capability, architecture and kernel. Source: moby/profiles seccomp.go. */
export type SeccompProfile = {
  defaultAction: string
  defaultErrnoRet?: number
  /** libseccomp's names; either these or `archMap`. */
  architectures?: string[]
  archMap?: { architecture: string; subArchitectures?: string[] }[]
  flags?: string[]
  syscalls: ProfileRule[]
}
export type ProfileRule = {
  names: string[]
  action: string
  errnoRet?: number
  args?: OciSyscallArgument[]
  /** The rule holds only where all of this is so. */
  includes?: Conditions
  /** The rule is left out where any of this is so. */
  excludes?: Conditions
}
export type Conditions = {
  caps?: string[]
  /** Docker's names: amd64, arm64, x86, … */
  arches?: string[]
  /** `4.8`: this version or a later one. */
  minKernel?: string
}
