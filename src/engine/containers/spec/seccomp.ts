import type { OciSeccomp } from '../../../formats/oci-runtime/spec.ts'
import { DEFAULT_PROFILE, resolveProfile } from '../../../formats/seccomp/profile.ts'
import { compileSeccomp } from '../../../host/seccomp/compile.ts'
import type { ContainerRecord } from '../container.ts'
import { parseSecurityOptions } from '../create/security-options.ts'
import { capabilitiesOf } from './capabilities.ts'
import type { Surroundings } from './surroundings.ts'

export type Seccomp = { seccomp?: OciSeccomp; annotations: Record<string, string> }

/** crun then neither compiles nor looks for a cached filter: about 10 ms of a start. */
const COMPILED = 'run.oci.seccomp_bpf_data'

/** Compiles the filter of containers that ask for nothing special, so that the first of them does not wait for it. */
export function compileDefaultFilter({ host, defaults }: Pick<Surroundings, 'host' | 'defaults'>): void {
  if (defaults.seccomp === 'unconfined') return
  const profile = defaults.seccomp === 'builtin' ? DEFAULT_PROFILE : defaults.seccomp
  const capabilities = capabilitiesOf({}, { host, defaults })
  const seccomp = resolveProfile(profile, { capabilities, architecture: host.architecture, kernel: host.kernel })
  if (seccomp) compileSeccomp(seccomp)
}

/** The filter of system calls in the form that the runtime takes. None for privileged containers and unconfined ones. */
export function seccompOf(
  { hostConfig }: ContainerRecord,
  around: Surroundings,
  capabilities: readonly string[],
): Seccomp {
  const { seccomp: given } = parseSecurityOptions(hostConfig.SecurityOpt)
  const asked = given === 'daemon' ? around.defaults.seccomp : given
  if (hostConfig.Privileged || asked === 'unconfined') return { annotations: {} }
  const subject = { capabilities, architecture: around.host.architecture, kernel: around.host.kernel }
  const seccomp = resolveProfile(asked === 'builtin' ? DEFAULT_PROFILE : asked, subject)
  if (!seccomp) return { annotations: {} }
  if (around.runtime !== 'crun' || seccomp.flags?.length) return { seccomp, annotations: {} }
  return { annotations: { [COMPILED]: compileSeccomp(seccomp).toString('base64') } }
}
