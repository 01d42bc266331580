import type { BuildExport, BuildRequest, PlatformResult } from '../contract.ts'
import type { Progress } from '../progress.ts'
import { exportFiles } from './files.ts'
import { exportArchive } from './image-archive.ts'
import { exportImage } from './image-store.ts'
import type { ExportNeeds, ExportTools } from './needs.ts'
import type { ProvenanceFacts } from './provenance.ts'

type Exporter = (
  needs: ExportNeeds,
  wanted: BuildExport,
  results: readonly PlatformResult[],
  tools: ExportTools,
) => Promise<Record<string, string>>

/** Titles are BuildKit's. */
const EXPORTERS: Readonly<Record<BuildExport['type'], { title: string; run: Exporter }>> = {
  image: { title: 'exporting to image', run: exportImage },
  docker: { title: 'exporting to docker image format', run: exportArchive },
  oci: { title: 'exporting to oci image format', run: exportArchive },
  local: { title: 'exporting to client directory', run: exportFiles },
  tar: { title: 'exporting to client tarball', run: exportFiles },
}

/** Everything that the result is asked for as, at once. What the exporters answer comes together. */
export async function runExports(
  needs: ExportNeeds,
  { exports, client, attestations }: Pick<BuildRequest, 'exports' | 'client' | 'attestations'>,
  results: readonly PlatformResult[],
  provenance: ProvenanceFacts,
  progress: Progress,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const running = exports.map(async wanted => {
    const { title, run } = EXPORTERS[wanted.type]
    const name = exports.length > 1 ? `${title} (${wanted.id})` : title
    return await progress.run({ name, inputs: [] }, telling =>
      run(needs, wanted, results, { telling, client, attestations, provenance, signal }),
    )
  })
  const settled = await Promise.allSettled(running)
  const failed = settled.find(one => one.status === 'rejected')
  if (failed) throw failed.reason
  return Object.assign({}, ...settled.map(one => (one.status === 'fulfilled' ? one.value : {})))
}
