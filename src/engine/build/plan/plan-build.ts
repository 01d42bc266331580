import { describe } from '../../../base/faults.ts'
import type { Dockerfile, Stage } from '../../../formats/dockerfile/dockerfile.ts'
import { expandWord } from '../../../formats/dockerfile/shell-word.ts'
import type { ImageDefaults, OciImageConfig } from '../../../formats/oci-image/config.ts'
import { hostPlatform, type Platform, parsePlatform } from '../../../formats/platform/platform.ts'
import type { BuildRequest } from '../contract.ts'
import { buildFaults } from '../faults.ts'
import { globalEnvironment, PROXY_ARGUMENTS, StageVariables } from './arguments.ts'
import { atPlace } from './at-place.ts'
import { planStage } from './plan-stage.ts'
import type { Base, PlannedStage } from './planned.ts'
import type { StepSource } from './step.ts'

/** What begins a stage: its image's config, undefined for `scratch`. Asked once for each base, all at the same time. */
export type ResolveBase = (base: Base) => Promise<OciImageConfig | undefined>

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

type Result = { stage: PlannedStage; variables: StageVariables; dependencies: number[] }

export type BuildPlan = {
  target: PlannedStage
  stages: Map<number, PlannedStage>
  /** Names of build arguments that nothing asks for. */
  unusedArguments: string[]
}

/** The stages that the target needs, itself the last, every variable in them replaced. Stages by their number in the file. */
export async function planBuild(
  dockerfile: Dockerfile,
  request: BuildRequest,
  platform: Platform,
  resolve: ResolveBase,
): Promise<BuildPlan> {
  const planning = new BuildPlanning(dockerfile, request, platform, resolve)
  return await planning.run()
}

class BuildPlanning {
  readonly #dockerfile: Dockerfile
  readonly #request: BuildRequest
  readonly #platform: Platform
  readonly #resolve: ResolveBase
  readonly #target: Stage
  readonly #global: Map<string, string>
  readonly #planned = new Map<number, Promise<Result>>()
  readonly #byName: Map<string | undefined, Stage[]>

  constructor(dockerfile: Dockerfile, request: BuildRequest, platform: Platform, resolve: ResolveBase) {
    this.#dockerfile = dockerfile
    this.#request = request
    this.#platform = platform
    this.#resolve = resolve
    this.#byName = Map.groupBy(dockerfile.stages, ({ name }) => name)
    this.#target = targetOf(dockerfile, request.target)
    const name = request.target ?? this.#target.name ?? 'default'
    this.#global = globalEnvironment(dockerfile.globalArgs, request.buildArgs, hostPlatform(), platform, name)
  }

  async run(): Promise<BuildPlan> {
    const stages = new Map<number, PlannedStage>()
    await this.#collect(this.#target.index, stages)
    return { target: stages.get(this.#target.index)!, stages, unusedArguments: await this.#unused() }
  }

  async #unused(): Promise<string[]> {
    const asked = new Set(this.#dockerfile.globalArgs.flatMap(({ args }) => args.map(({ key }) => key)))
    for (const planned of this.#planned.values()) for (const name of (await planned).variables.declared) asked.add(name)
    const isOurs = (name: string) => PROXY_ARGUMENTS.includes(name) || /^(BUILDKIT_|SOURCE_DATE_EPOCH$)/.test(name)
    return Object.keys(this.#request.buildArgs)
      .filter(name => !asked.has(name) && !isOurs(name))
      .sort()
  }

  async #collect(index: number, stages: Map<number, PlannedStage>): Promise<void> {
    const { stage, dependencies } = await this.#plan(index)
    if (stages.has(index)) return
    stages.set(index, stage)
    await Promise.all(dependencies.map(dependency => this.#collect(dependency, stages)))
  }

  #plan(index: number): Promise<Result> {
    const known = this.#planned.get(index)
    if (known) return known
    const planning = this.#planStage(this.#dockerfile.stages[index]!)
    this.#planned.set(index, planning)
    return planning
  }

  async #planStage(stage: Stage): Promise<Result> {
    const base = atPlace(stage.span, () => this.#baseOf(stage))
    const before = base.kind === 'stage' ? await this.#plan(base.index) : undefined
    const image = before ? undefined : await this.#resolve(base)
    const config = before?.stage.config ?? startingConfig(image?.config)
    const variables = new StageVariables(this.#request.buildArgs, this.#global, config.Env ?? [], before?.variables)
    const dependencies = new Set(base.kind === 'stage' ? [base.index] : [])
    const sourceOf = (name: string): StepSource => {
      const source = this.#sourceOf(name, stage)
      if (source.kind === 'stage') dependencies.add(source.index)
      return source
    }
    const isTarget = stage.index === this.#target.index
    const { directives } = this.#dockerfile
    const planned = planStage(stage, {
      escape: directives.escape,
      variables,
      config,
      labels: isTarget ? this.#request.labels : {},
      sourceOf,
      entitlements: this.#request.entitlements,
      network: this.#request.network,
    })
    const author = planned.author ?? before?.stage.author ?? image?.author
    const { index, name, span, original } = stage
    const result: PlannedStage = {
      index,
      ...(name && { name }),
      base,
      shown: original,
      span,
      ...planned,
      ...(author && { author }),
    }
    return { stage: result, variables, dependencies: [...dependencies] }
  }

  #baseOf(stage: Stage): Base {
    const name = this.#word(stage.image)
    if (name === '') throw buildFaults.BASE_NAME(stage.image)
    const platform = stage.platform ? fromPlatform(this.#word(stage.platform)) : this.#platform
    const index = this.#named(name, stage.index)
    if (index !== undefined) return { kind: 'stage', index }
    if (this.#request.contexts[name] && !RESERVED.has(name)) return { kind: 'context', name }
    return name === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: name, platform }
  }

  #word(word: string): string {
    return expandWord(word, this.#global, { escape: this.#dockerfile.directives.escape })
  }

  /** The last stage of this name among the first ones. */
  #named(name: string, before: number): number | undefined {
    return this.#byName.get(name.toLowerCase())?.findLast(({ index }) => index < before)?.index
  }

  #sourceOf(name: string, by: Stage): StepSource {
    const { stages } = this.#dockerfile
    const isNumber = /^\d+$/.test(name)
    const index =
      this.#named(name, by.index) ?? this.#named(name, stages.length) ?? (isNumber ? Number(name) : undefined)
    if (index !== undefined && index >= stages.length) throw buildFaults.STAGE_NUMBER(name)
    if (index === by.index) throw buildFaults.CYCLE(by.name ?? `stage-${index}`)
    if (index !== undefined && index > by.index) throw buildFaults.LATER_STAGE(name, by.name ?? `stage-${by.index}`)
    if (index !== undefined) return { kind: 'stage', index }
    if (this.#request.contexts[name] && !RESERVED.has(name)) return { kind: 'context', name }
    return { kind: 'image', reference: name }
  }
}

/** Contexts of the build itself, which no FROM can mean. */
const RESERVED = new Set(['context', 'dockerfile'])

function fromPlatform(text: string): Platform {
  try {
    return parsePlatform(text)
  } catch (cause) {
    throw buildFaults.FROM_PLATFORM(text, describe(cause), { cause })
  }
}

function targetOf({ stages }: Dockerfile, target: string | undefined): Stage {
  const last = stages.at(-1)
  if (!last) throw buildFaults.NO_STAGES()
  if (!target) return last
  const found =
    stages.find(({ name }) => name === target.toLowerCase()) ??
    (/^\d+$/.test(target) ? stages[Number(target)] : undefined)
  if (!found) throw buildFaults.TARGET(target)
  return found
}

/** An image without PATH gets one, and nothing at all has a working directory. */
function startingConfig(config: ImageDefaults | undefined): ImageDefaults {
  if (!config) return { Env: [DEFAULT_PATH], WorkingDir: '/' }
  const env = config.Env ?? []
  return { ...config, Env: env.some(entry => entry.startsWith('PATH=')) ? env : [...env, DEFAULT_PATH] }
}
