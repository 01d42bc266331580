import {
  type Capability,
  DEFAULT_CAPABILITIES,
  effectiveCapabilities,
  HARDENED_CAPABILITIES,
  parseCapability,
} from '../../../formats/capabilities/capabilities.ts'
import type { HostConfig } from '../../../formats/engine-api/container.ts'
import type { OciCapabilities } from '../../../formats/oci-runtime/spec.ts'
import type { Surroundings } from './surroundings.ts'

/** What processes of the container may hold. All of them if it is privileged. */
export function capabilitiesOf(hostConfig: HostConfig, { host, defaults }: Pick<Surroundings, 'host' | 'defaults'>) {
  if (hostConfig.Privileged) return host.capabilities
  const basis = defaults.hardened ? HARDENED_CAPABILITIES : DEFAULT_CAPABILITIES
  return effectiveCapabilities(basis, names(hostConfig.CapAdd), names(hostConfig.CapDrop), host.capabilities)
}

/** Inheritable and ambient stay empty: through them users other than root would keep some [CVE-2022-24769, CVE-2016-8867]. */
export const capabilitySets = (capabilities: readonly Capability[]): OciCapabilities => ({
  bounding: [...capabilities],
  effective: [...capabilities],
  permitted: [...capabilities],
})

/** Checked at create; one that this kernel has lost since is left out. */
function names(texts: string[] | null | undefined): (Capability | 'ALL')[] {
  return (texts ?? []).map(parseCapability).filter(name => typeof name === 'string')
}
