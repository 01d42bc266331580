import { newId } from '../../../base/ids.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import { explanation, fingerprint } from '../cache/key-parts.ts'
import type { CachedStep } from '../cache/step-cache.ts'
import type { PlannedInstruction, PlannedStage } from '../plan/planned.ts'
import type { Step } from '../plan/step.ts'
import type { Telling } from '../progress.ts'
import type { BaseImage } from '../sources/images.ts'
import type { OpenSource } from '../sources/open-source.ts'
import type { SolveNeeds, State } from './solve-needs.ts'
import { type PreparedStep, StepPreparation } from './step-preparation.ts'
import { vertexNames } from './vertex-names.ts'

/** What a stage without a base image begins at: 1 January 1980, which every archive format can hold. */
const BEGINNING = 315_532_800

/** Brings stages to their end, those that do not need each other side by side, each step once. */
export class Solver {
  readonly #with: SolveNeeds
  readonly #names: ReturnType<typeof vertexNames>
  readonly #states = new Map<number, Promise<State>>()
  readonly #preparation: StepPreparation

  constructor(needs: SolveNeeds) {
    this.#with = needs
    this.#preparation = new StepPreparation(needs, index => this.state(index))
    this.#names = vertexNames(needs.stages, needs.prefix)
  }

  vertexOf(instruction: PlannedInstruction): Digest | undefined {
    const name = this.#names.get(instruction)
    return name === undefined ? undefined : this.#with.progress.digestOf(name)
  }

  /**
   * Begins with every stage at once, since the target needs each of them, and with looking for what they read of contexts. The first
   * failure is that of all.
   */
  async solve(target: number): Promise<State> {
    const { stages } = this.#with
    const solved = [...stages.keys()].map(index => this.state(index))
    const looked = [...stages.values()].flatMap(({ instructions }) => instructions.map(one => this.#look(one)))
    await Promise.all([...looked, ...solved])
    return await this.state(target)
  }

  /** A source that is missing is told before anything has run for long. */
  async #look(instruction: PlannedInstruction): Promise<void> {
    const { step } = instruction
    if (step?.kind !== 'copy' || step.from.kind !== 'context' || step.sources.length === 0) return
    const fail = (failure: unknown) => this.#with.progress.failed(this.#planOf(instruction), failure)
    await this.#preparation.look(step).catch(fail)
  }

  #planOf(instruction: PlannedInstruction) {
    const { start, end } = instruction.span
    return { name: this.#names.get(instruction)!, inputs: [], lines: { first: start.line, last: end.line } }
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
    const plan = this.#planOf(instruction)
    // What it needs is waited for before it counts as begun.
    const prepared = await this.#preparation.of(step, before).catch(failure => progress.failed(plan, failure))
    signal.throwIfAborted()
    const found = this.#find(stage, prepared.key) ?? (await this.#import(stage, instruction, prepared))
    if (found) {
      this.#note(instruction, prepared, found.diffId)
      hold(found.diffId)
      cache.use(found)
      progress.cached(plan, found.diffId)
      return found.diffId
    }
    return await progress.run(plan, async telling => {
      if (this.#with.request.explain) this.#explain(stage, instruction, prepared, telling)
      const diffId = await this.#make(stage, instruction, prepared, telling)
      hold(diffId)
      this.#note(instruction, prepared, diffId)
      telling.layer(diffId)
      return diffId
    })
  }

  #note({ shown }: PlannedInstruction, { key, parts }: PreparedStep, diffId: Digest): void {
    this.#with.note({ key, diffId, description: shown, parts: fingerprint(parts) })
  }

  /** From a cache elsewhere, which is one of ours from then on. */
  async #import(stage: PlannedStage, { shown }: PlannedInstruction, prepared: PreparedStep) {
    if (this.#isWithoutCache(stage)) return undefined
    const { imported, cache, hold } = this.#with
    const found = await imported.find(prepared.key)
    if (!found) return undefined
    hold(found.diffId)
    cache.put(prepared.key, found.diffId, shown, fingerprint(prepared.parts))
    return this.#find(stage, prepared.key)
  }

  #find(stage: PlannedStage, key: string): CachedStep | undefined {
    const { cache, needs } = this.#with
    const found = this.#isWithoutCache(stage) ? undefined : cache.find(key)
    return found && needs.layers.has(found.diffId) ? found : undefined
  }

  async #make(
    stage: PlannedStage,
    instruction: PlannedInstruction,
    { key, parts, run, reads }: PreparedStep,
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
          const before = cache.put(key, diffId, instruction.shown, fingerprint(parts))
          if (before && before.diffId !== diffId) needs.images.releaseLayers([before.diffId])
          return diffId
        })
      },
    )
  }

  /** Why it is not taken from the cache. */
  #explain(stage: PlannedStage, { shown }: PlannedInstruction, { parts }: PreparedStep, telling: Telling): void {
    const before = this.#with.cache.latest(shown)
    const why = this.#isWithoutCache(stage) ? 'the cache is not to be used' : explanation(before?.parts, parts)
    telling.status('explain', `runs because ${why}`, 0, 0, true)
  }

  #isWithoutCache({ name, index }: PlannedStage): boolean {
    const { noCache } = this.#with.request
    return (
      noCache === true ||
      (noCache !== false && noCache.some(one => one.toLowerCase() === name || one === String(index)))
    )
  }
}

/** What a step reads stays as it is while it runs, for whichever build. */
function sharedSources(reads: OpenSource[]): Disposable {
  const held = reads.flatMap(opened => (opened.kind === 'directory' ? [opened.copy.share()] : []))
  return { [Symbol.dispose]: () => held.forEach(one => void one[Symbol.dispose]()) }
}
