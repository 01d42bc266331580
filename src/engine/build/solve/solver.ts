import type { Background } from '../../../base/background.ts'
import { newId } from '../../../base/ids.ts'
import type { Semaphore } from '../../../base/locks.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { CopyAction, CopyView, Owner, Stamp } from '../../../store/copy/requests.ts'
import { layeredRoot } from '../../containers/spec/layered-root.ts'
import { resolveUser } from '../../containers/spec/user.ts'
import type { SharedWork } from '../../images/pull/shared-work.ts'
import { type CachedStep, cacheKey, type StepCache } from '../cache/step-cache.ts'
import { parseMode } from '../chmod.ts'
import type { BuildRequest } from '../contract.ts'
import { buildFaults } from '../faults.ts'
import type { BuildNeeds } from '../needs.ts'
import type { PlannedInstruction, PlannedStage } from '../plan/planned.ts'
import type { CopyStep, DirectoryStep, RunStep, Step, StepSource } from '../plan/step.ts'
import type { Progress, Telling } from '../progress.ts'
import type { CacheMounts } from '../run/cache-mounts.ts'
import type { MountSource } from '../run/run-request.ts'
import { runStep } from '../run/run-step.ts'
import { StepDirectories } from '../run/step-directories.ts'
import type { BuildSources } from '../sources/build-sources.ts'
import type { BaseImage, BaseImages } from '../sources/images.ts'
import type { OpenSource } from '../sources/open-source.ts'
import { openRemote } from '../sources/remote.ts'
import { selectionDigest } from '../sources/selection-digest.ts'
import { vertexNames } from './vertex-names.ts'

/** A root file system after a step; `layers` are those of the steps themselves, in their order. */
export type State = {
  diffIds: Digest[] /** Seconds: the time of everything that the clock would stamp otherwise. */
  time: number
}

type Note = { stream: 1 | 2; bytes: Uint8Array }
/** Work that all builds of a daemon share: a step that two want is done once. */
export type SharedSteps = { work: SharedWork<Digest, Note>; slots: Semaphore }

export type SolveNeeds = {
  needs: BuildNeeds
  cache: StepCache
  caches: CacheMounts
  shared: SharedSteps
  background: Background
  request: BuildRequest
  progress: Progress
  sources: BuildSources
  images: BaseImages
  stages: ReadonlyMap<number, PlannedStage>
  signal: AbortSignal
  /** Held until the build is over. */
  hold: (diffId: Digest) => void
}

/** What a stage without a base image begins at: 1 January 1980, which every archive format can hold. */
const BEGINNING = 315_532_800

/** Brings stages to their end, those that do not need each other side by side, each step once. */
export class Solver {
  readonly #with: SolveNeeds
  readonly #names: ReturnType<typeof vertexNames>
  readonly #states = new Map<number, Promise<State>>()

  constructor(needs: SolveNeeds) {
    this.#with = needs
    this.#names = vertexNames(needs.stages)
  }

  vertexOf(instruction: PlannedInstruction): Digest | undefined {
    const name = this.#names.get(instruction)
    return name === undefined ? undefined : this.#with.progress.digestOf(name)
  }

  /** Begins with every stage at once; whoever waits for one hears of its failure. */
  start(): void {
    for (const index of this.#with.stages.keys()) this.state(index).catch(() => {})
  }

  /** The end of a stage. */
  state(index: number): Promise<State> {
    const known = this.#states.get(index)
    if (known) return known
    const solving = this.#solve(this.#with.stages.get(index)!)
    this.#states.set(index, solving)
    return solving
  }

  async #solve(stage: PlannedStage): Promise<State> {
    let state = await this.#base(stage)
    for (const instruction of stage.instructions) {
      if (!instruction.step) continue
      const diffId = await this.#instruction(stage, instruction, instruction.step, state)
      state = { ...state, diffIds: [...state.diffIds, diffId] }
    }
    return state
  }

  async #base({ base }: PlannedStage): Promise<State> {
    const epoch = this.#with.request.sourceDateEpoch
    if (base.kind === 'stage') return await this.state(base.index)
    if (base.kind === 'scratch') return { diffIds: [], time: epoch ?? BEGINNING }
    if (base.kind === 'context') {
      return this.#standing(await this.#with.images.ofContext(this.#with.request.contexts[base.name]))
    }
    return this.#standing(await this.#with.images.get(base.reference, base.platform))
  }

  #standing({ created, diffIds }: BaseImage): State {
    const seconds = Math.floor(Date.parse(created) / 1000)
    const time = this.#with.request.sourceDateEpoch ?? (seconds > 0 ? seconds : BEGINNING)
    return { diffIds, time }
  }

  async #instruction(stage: PlannedStage, instruction: PlannedInstruction, step: Step, before: State): Promise<Digest> {
    const { progress, signal, hold, cache } = this.#with
    const { start, end } = instruction.span
    const plan = { name: this.#names.get(instruction)!, inputs: [], lines: { first: start.line, last: end.line } }
    // What it needs is waited for before it counts as begun.
    const prepared = await this.#prepare(step, before).catch(failure => progress.failed(plan, failure))
    signal.throwIfAborted()
    const found = this.#find(stage, prepared.key)
    if (found) {
      hold(found.diffId)
      cache.use(found)
      progress.cached(plan, found.diffId)
      return found.diffId
    }
    return await progress.run(plan, async telling => {
      const diffId = await this.#make(stage, instruction, prepared, telling)
      hold(diffId)
      telling.layer(diffId)
      return diffId
    })
  }

  #find(stage: PlannedStage, key: string): CachedStep | undefined {
    const { cache, needs } = this.#with
    const found = this.#isWithoutCache(stage) ? undefined : cache.find(key)
    return found && needs.layers.has(found.diffId) ? found : undefined
  }

  async #make(
    stage: PlannedStage,
    instruction: PlannedInstruction,
    { key, run, reads }: Prepared,
    telling: Telling,
  ): Promise<Digest> {
    const { cache, needs, shared, signal } = this.#with
    const own = this.#isWithoutCache(stage) ? newId() : ''
    return await shared.work.join(
      key + own,
      signal,
      ({ stream, bytes }) => telling.log(stream, bytes),
      async (signal, tell) => {
        using _ = sharedSources(reads)
        return await shared.slots.run(async () => {
          signal.throwIfAborted()
          const log = (stream: 1 | 2, bytes: Uint8Array) => tell({ stream, bytes })
          const { diffId } = await run(log, signal)
          using _ = needs.images.hold([diffId])
          cache.put([key], diffId, instruction.shown)
          return diffId
        })
      },
    )
  }

  #isWithoutCache({ name, index }: PlannedStage): boolean {
    const { noCache } = this.#with.request
    return (
      noCache === true ||
      (noCache !== false && noCache.some(one => one.toLowerCase() === name || one === String(index)))
    )
  }

  async #prepare(step: Step, before: State): Promise<Prepared> {
    if (step.kind === 'directory') return this.#directory(step, before)
    return step.kind === 'run' ? await this.#run(step, before) : await this.#copy(step, before)
  }

  #directory({ path, user }: DirectoryStep, before: State): Prepared {
    const owner = user === '' ? undefined : this.#ownerOf(before, user)
    const key = cacheKey(['directory', 1, before, path, owner])
    const actions: CopyAction[] = [{ act: 'directory', path, mode: 0o755, ...(owner && { owner }) }]
    return { key, reads: [], run: (_, signal) => this.#assemble(before, actions, signal) }
  }

  async #run(step: RunStep, before: State): Promise<Prepared> {
    const { needs, request } = this.#with
    const sources = new Map<number, MountSource>()
    const contents: unknown[] = []
    const reads: OpenSource[] = []
    await Promise.all(
      step.mounts.map(async (mount, index) => {
        if (!mount.view) return
        const opened = await this.#source(mount.view)
        reads.push(opened)
        sources.set(index, this.#viewOf(opened))
        contents[index] =
          mount.type === 'bind'
            ? this.#contentOf(opened, { sources: [mount.source ?? '/'], exclude: [], parents: false })
            : 0
      }),
    )
    const env = step.env.filter(entry => !isProxy(entry))
    const mounts = step.mounts.map(({ view: _, ...mount }, index) => [mount, contents[index]])
    const { network, extraHosts, hostname, client } = request
    const asked = [step.args, step.scripts, env, step.directory, step.user, mounts, step.network, step.insecure]
    const key = cacheKey(['run', 1, before, asked, network, extraHosts, hostname ?? ''])
    const build = { network, extraHosts, limits: request.limits, client, ...(hostname && { hostname }) }
    return {
      key,
      reads,
      run: (log, signal) =>
        runStep(needs, this.#with, { step, diffIds: before.diffIds, sources, build, log }, stampOf(before), signal),
    }
  }

  async #copy(step: CopyStep, before: State): Promise<Prepared> {
    const owner = step.chown === undefined ? undefined : this.#ownerOf(before, step.chown)
    const mode = step.chmod === undefined ? undefined : parseMode(step.chmod)
    const selection = { sources: step.sources, exclude: step.exclude, parents: step.parents }
    const parts = await this.#parts(step, selection)
    const actions = parts.map(({ opened, selection, unpack, keepsTimes, mode: own }): CopyAction => {
      const change = mode ?? own
      return {
        act: 'copy',
        from: this.#viewOf(opened),
        destination: step.destination,
        unpack,
        ...selection,
        ...(owner && { owner }),
        ...(change && { mode: change }),
        ...(!keepsTimes && { time: before.time }),
      }
    })
    const contents = parts.map(({ opened, selection, unpack }) => [
      this.#contentOf(opened, selection),
      selection,
      unpack,
    ])
    const onto = step.link ? before.time : before
    const key = cacheKey(['copy', 1, onto, contents, step.destination, owner, mode])
    const reads = parts.map(({ opened }) => opened)
    return { key, reads, run: (_, signal) => this.#assemble(step.link ? undefined : before, actions, signal, before) }
  }

  async #parts(step: CopyStep, selection: CopyPart['selection']): Promise<CopyPart[]> {
    const unpack = step.unpack === 'never' ? 'never' : 'archives'
    const parts: CopyPart[] = []
    if (step.sources.length > 0) {
      const opened = await this.#source(step.from)
      parts.push({ opened, selection, unpack, keepsTimes: opened.kind === 'layers' })
    }
    if (step.contents.length > 0) {
      const opened = await this.#with.sources.inline(step.contents)
      parts.push({
        opened,
        selection: { ...selection, sources: step.contents.map(({ path }) => path) },
        unpack: 'never',
        keepsTimes: false,
      })
    }
    for (const url of step.remotes) {
      const { opened, name, isRepository } = await openRemote(this.#with, url, step)
      const unpacks = step.unpack === 'always' && !isRepository ? 'archives' : 'never'
      const keepsTimes = !isRepository
      parts.push({ opened, selection: { ...selection, sources: [name] }, unpack: unpacks, keepsTimes })
    }
    return parts
  }

  async #source(source: StepSource): Promise<OpenSource> {
    if (source.kind === 'context') return await this.#with.sources.open(source.name)
    if (source.kind === 'image')
      return { kind: 'layers', diffIds: (await this.#with.images.get(source.reference)).diffIds }
    return { kind: 'layers', diffIds: (await this.state(source.index)).diffIds }
  }

  #viewOf(opened: OpenSource): CopyView {
    return opened.kind === 'directory'
      ? { directory: opened.copy.files }
      : { lower: this.#with.needs.layers.lower(opened.diffIds) }
  }

  /** What the result follows from: the content that is read of a context, or the layers. */
  #contentOf(opened: OpenSource, selection: CopyPart['selection']): unknown {
    return opened.kind === 'directory' ? selectionDigest(opened.copy.index, selection) : opened.diffIds
  }

  /** Names are looked up in the files of the stage, which are read without ever leaving it. */
  #ownerOf({ diffIds }: State, chown: string): Owner {
    try {
      const [user = '', group = ''] = chown.split(':')
      const found = resolveUser(layeredRoot(this.#with.needs.layers.lower(diffIds)), group === '' ? user : chown)
      const isNumber = /^\d+$/.test(user)
      return { uid: found.uid, gid: group === '' && isNumber ? Number(user) : found.gid }
    } catch (failure) {
      throw buildFaults.CHOWN_USER(chown, (failure as Error).message, { cause: failure })
    }
  }

  async #assemble(over: State | undefined, actions: CopyAction[], signal: AbortSignal, stamped = over) {
    const { layers, instance } = this.#with.needs
    const directories = new StepDirectories(instance, newId())
    try {
      const stamp = stampOf(stamped!)
      const below = over && over.diffIds.length > 0 ? { over: { diffIds: over.diffIds, work: directories.work } } : {}
      return await layers.assemble({ ...below, actions, stamp }, signal)
    } finally {
      this.#with.background.add('the removal of what a step has left', directories.remove())
    }
  }
}

type CopyPart = {
  opened: OpenSource
  selection: { sources: string[]; exclude: string[]; parents: boolean }
  unpack: 'never' | 'archives'
  keepsTimes: boolean
  mode?: { bits: number }
}
type Prepared = {
  key: string
  reads: OpenSource[]
  run: (log: (stream: 1 | 2, bytes: Uint8Array) => void, signal: AbortSignal) => Promise<{ diffId: Digest }>
}

/** What a step reads stays as it is while it runs, for whichever build. */
function sharedSources(reads: OpenSource[]): Disposable {
  const held = reads.flatMap(opened => (opened.kind === 'directory' ? [opened.copy.share()] : []))
  return { [Symbol.dispose]: () => held.forEach(one => void one[Symbol.dispose]()) }
}

/** A little before now: the clock of file systems lags behind. */
const stampOf = ({ time }: State): Stamp => ({ since: Math.floor(Date.now() / 1000) - 1, to: time })

const isProxy = (entry: string): boolean => /^(https?|ftp|no|all)_proxy=/i.test(entry)
