import { hostPlatform } from '../../../../formats/platform/platform.ts'
import { WorkerRecord } from '../../../../wire/buildkit/control.ts'
import { Platform } from '../../../../wire/buildkit/operations.ts'

/** The builder as it introduces itself. */
export type WorkerFacts = { id: string; version: string; hostGatewayIp?: string }

/** BuildKit's clients show `version`, and what they make of it is theirs: it is our own. */
export const buildkitVersion = ({ version }: WorkerFacts) => ({
  package: 'berth',
  version: `v${version}`,
  revision: '',
})

export function workerRecord(facts: WorkerFacts) {
  const { architecture, os, variant = '' } = hostPlatform()
  const gateway = facts.hostGatewayIp
  return WorkerRecord.of({
    id: facts.id,
    labels: gateway === undefined ? {} : { 'org.mobyproject.buildkit.worker.moby.host-gateway-ip': gateway },
    platforms: [Platform.of({ architecture, os, variant })],
    version: buildkitVersion(facts),
  })
}
