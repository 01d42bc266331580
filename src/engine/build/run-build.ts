import { detectSyntax } from '../../formats/dockerfile/directives.ts'
import type { Dockerfile } from '../../formats/dockerfile/dockerfile.ts'
import { parseDockerfile } from '../../formats/dockerfile/parse.ts'
import { formatPlatform, hostPlatform, type Platform } from '../../formats/platform/platform.ts'
import { checkBuild, checkResponse, tellWarnings } from './check.ts'
import type { BuildRequest, BuildResult, PlatformResult, ReportProgress } from './contract.ts'
import { runExports } from './export/run-exports.ts'
import { buildFaults } from './faults.ts'
import { checkDepth } from './plan/check-depth.ts'
import { checkPlatforms } from './plan/check-platforms.ts'
import { outlineOf } from './plan/outline.ts'
import { type BuildPlan, planBuild } from './plan/plan-build.ts'
import { Progress } from './progress.ts'
import type { RemoteStep } from './remote-cache/cache-document.ts'
import { checkCacheExports, exportCaches, withInlineCache } from './remote-cache/export-caches.ts'
import { ImportedSteps } from './remote-cache/imported-steps.ts'
import { chainOf, imageConfig } from './result/image-config.ts'
import type { BuildResults } from './results.ts'
import type { SolveNeeds } from './solve/solve-needs.ts'
import { Solver } from './solve/solver.ts'
import { BuildSources } from './sources/build-sources.ts'
import { type BaseImage, BaseImages } from './sources/images.ts'

type Tools = Pick<SolveNeeds, 'needs' | 'cache' | 'caches' | 'shared' | 'background' | 'hold'> & {
  results: BuildResults
}

/** One build from its request to its result. */
export async function runBuild(
  tools: Tools,
  request: BuildRequest,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<BuildResult> {
  const progress = new Progress(request.ref, report)
  const failed = new AbortController()
  const all = AbortSignal.any([signal, failed.signal])
  const images = new BaseImages({ images: tools.needs.images, results: tools.results }, progress, request, all)
  const imported = new ImportedSteps(tools.needs, request, progress, all)
  const started = new Date()
  const sources = new BuildSources(tools.needs, request, progress, images, all)
  try {
    refuseAttestations(request)
    checkCacheExports(request)
    const { source, dockerfile } = await readDefinition(sources, request, progress)
    const platforms = request.platforms.length > 0 ? request.platforms : [hostPlatform()]
    // What every platform reads is known before the first one begins: a context is brought in once.
    const plans = await Promise.all(
      platforms.map(platform => planPlatform({ request, images, sources }, dockerfile, platform)),
    )
    const { platform, variables: imageVariables } = plans[0]!
    const checked = checkBuild({ dockerfile, request, platform, imageVariables, ignored: sources.ignored })
    if (request.call === 'check') return { ref: request.ref, platforms: [], response: checkResponse(checked, source) }
    tellWarnings(checked, source, progress)
    const build = { ...tools, request, progress, sources, images, imported, signal: all }
    const { results, steps } = await buildPlatforms(build, dockerfile, plans)
    const provenance = { request, materials: await images.materials(), started, definition: source }
    const response = await runExports(tools.needs, request, results, provenance, progress, all)
    await exportCaches(tools.needs, request, results, steps, progress, all)
    return { ref: request.ref, platforms: results, response }
  } catch (failure) {
    failed.abort(failure)
    if (signal.aborted) throw buildFaults.CANCELLED({ cause: failure })
    throw failure
  } finally {
    imported.release()
    sources.release()
    images.release()
  }
}

async function readDefinition(sources: BuildSources, request: BuildRequest, progress: Progress) {
  const source = await sources.definition()
  progress.definition(source.name, source.text)
  refuseFrontend(detectSyntax(source.text)?.value, request)
  return { source, dockerfile: parseDockerfile(source.text) }
}

/** One after the other: what they share is done once. */
async function buildPlatforms(
  build: Omit<SolveNeeds, 'stages' | 'prefix' | 'note'>,
  dockerfile: Dockerfile,
  plans: readonly PlatformPlan[],
): Promise<{ results: PlatformResult[]; steps: RemoteStep[] }> {
  const steps: RemoteStep[] = []
  const note = (step: RemoteStep) => void steps.push(step)
  const isInline = build.request.cacheTo.some(({ type }) => type === 'inline')
  const results: PlatformResult[] = []
  for (const plan of plans) {
    const prefix = plans.length > 1 ? `${formatPlatform(plan.platform)} ` : ''
    const result = await buildPlatform({ ...build, note, prefix }, dockerfile, plan)
    results.push(isInline ? withInlineCache(result, steps) : result)
  }
  return { results, steps }
}

type PlatformPlan = BuildPlan & {
  platform: Platform
  bases: ReadonlyMap<string, BaseImage>
  /** Of the base images, by the name that FROM has for them. */
  variables: ReadonlyMap<string, readonly string[]>
}

async function planPlatform(
  { request, images, sources }: Pick<SolveNeeds, 'request' | 'images' | 'sources'>,
  dockerfile: Dockerfile,
  platform: Platform,
): Promise<PlatformPlan> {
  const bases = new Map<string, BaseImage>()
  const variables = new Map<string, readonly string[]>()
  const plan = await planBuild(dockerfile, request, platform, async base => {
    if (base.kind === 'scratch' || base.kind === 'stage') return undefined
    const image =
      base.kind === 'image'
        ? await images.get(base.reference, base.platform)
        : await images.ofContext(request.contexts[base.name])
    bases.set(JSON.stringify(base), image)
    variables.set(base.kind === 'image' ? base.reference : base.name, image.config.config?.Env ?? [])
    return image.config
  })
  checkPlatforms(plan.stages, platform)
  checkDepth(plan.stages, bases)
  for (const stage of plan.stages.values())
    for (const { step } of stage.instructions) if (step && step.kind !== 'directory') sources.wantForStep(step)
  return { ...plan, platform, bases, variables }
}

async function buildPlatform(
  build: Omit<SolveNeeds, 'stages'>,
  dockerfile: Dockerfile,
  { target, stages, unusedArguments, bases, platform }: PlatformPlan,
): Promise<PlatformResult> {
  const { request, sources, progress } = build
  const solver = new Solver({ ...build, stages })
  progress.outline({ instructions: outlineOf(dockerfile, stages, solver, bases), unusedArguments })
  sources.begin()
  const { diffIds, time } = await solver.solve(target.index)
  const base = bases.get(JSON.stringify(chainOf(stages, target)[0]!.base))?.config
  const config = imageConfig(stages, target, base, platform, diffIds, request.sourceDateEpoch ?? time)
  return { platform, config, configBytes: Buffer.from(JSON.stringify(config)), diffIds }
}

/** Without a scanner of images there is no list of what is in them. */
function refuseAttestations({ attestations }: BuildRequest): void {
  const kind = Object.keys(attestations).find(one => one !== 'provenance')
  if (kind) throw buildFaults.UNSUPPORTED(`an attestation of type ${kind}`)
  const version = attestations.provenance?.version
  if (version && version !== 'v0.2') throw buildFaults.UNSUPPORTED(`provenance of version ${version}`)
}

/** `# syntax=` names an image that would be run; ours is built in, and no other is ever run. */
function refuseFrontend(syntax: string | undefined, { buildArgs }: BuildRequest): void {
  const name = buildArgs.BUILDKIT_SYNTAX ?? syntax
  if (!name || /^(docker\.io\/)?docker\/dockerfile(-upstream)?(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(name)) return
  throw buildFaults.FRONTEND(name)
}
