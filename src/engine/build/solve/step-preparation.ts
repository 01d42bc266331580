import { newId } from '../../../base/ids.ts'
import type { Digest } from '../../../formats/digest/digest.ts'
import type { CopyAction, CopyView, Owner, Stamp } from '../../../store/copy/requests.ts'
import { layeredRoot } from '../../containers/spec/layered-root.ts'
import { resolveUser } from '../../containers/spec/user.ts'
import { type KeyParts, keyOf } from '../cache/key-parts.ts'
import { parseMode } from '../chmod.ts'
import { buildFaults } from '../faults.ts'
import type { CopyStep, DirectoryStep, RunStep, Step, StepSource } from '../plan/step.ts'
import type { MountSource } from '../run/run-request.ts'
import { runStep } from '../run/run-step.ts'
import { StepDirectories } from '../run/step-directories.ts'
import type { OpenSource } from '../sources/open-source.ts'
import { openRemote } from '../sources/remote.ts'
import { selectionDigest } from '../sources/selection-digest.ts'
import type { SolveNeeds, State } from './solve-needs.ts'

type CopyPart = {
  opened: OpenSource
  selection: { sources: string[]; exclude: string[]; parents: boolean }
  unpack: 'never' | 'archives'
  keepsTimes: boolean
  mode?: { bits: number }
}
type Recipe = {
  /** All that the result follows from. */
  parts: KeyParts
  reads: OpenSource[]
  run: (log: (stream: 1 | 2, bytes: Uint8Array) => void, signal: AbortSignal) => Promise<{ diffId: Digest }>
}

export type PreparedStep = Recipe & { key: string }

/** Finds out what a step's result follows from, and how it is made. */
export class StepPreparation {
  readonly #with: SolveNeeds
  readonly #state: (stage: number) => Promise<State>

  constructor(needs: SolveNeeds, state: (stage: number) => Promise<State>) {
    this.#with = needs
    this.#state = state
  }

  async of(step: Step, before: State): Promise<PreparedStep> {
    const recipe = await this.#recipe(step, before)
    return { ...recipe, key: keyOf(recipe.parts) }
  }

  /** Fails if a source is not there. */
  async look({ from, sources, exclude, parents }: CopyStep): Promise<void> {
    this.#contentOf(await this.#source(from), { sources, exclude, parents })
  }

  async #recipe(step: Step, before: State): Promise<Recipe> {
    if (step.kind === 'directory') return this.#directory(step, before)
    return step.kind === 'run' ? await this.#run(step, before) : await this.#copy(step, before)
  }

  #directory({ path, user }: DirectoryStep, before: State): Recipe {
    const owner = user === '' ? undefined : this.#ownerOf(before, user)
    const parts = { step: 'directory 1', ...below(before), path, owner }
    const actions: CopyAction[] = [{ act: 'directory', path, mode: 0o755, ...(owner && { owner }) }]
    return { parts, reads: [], run: (_, signal) => this.#assemble(before, actions, signal) }
  }

  async #run(step: RunStep, before: State): Promise<Recipe> {
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
    const parts = {
      step: 'run 1',
      ...below(before),
      command: [step.args, step.scripts],
      environment: Object.fromEntries(env.map(entry => entry.split(/=(.*)/s))),
      'working directory': step.directory,
      user: step.user,
      mounts,
      network: [step.network, step.insecure, network, extraHosts, hostname ?? ''],
    }
    const build = { network, extraHosts, limits: request.limits, client, ...(hostname && { hostname }) }
    return {
      parts,
      reads,
      run: (log, signal) =>
        runStep(needs, this.#with, { step, diffIds: before.diffIds, sources, build, log }, stampOf(before), signal),
    }
  }

  async #copy(step: CopyStep, before: State): Promise<Recipe> {
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
    const key = {
      step: 'copy 1',
      ...(step.link ? { time: before.time } : below(before)),
      'files that are read': contents,
      destination: step.destination,
      owner,
      permissions: mode,
    }
    const reads = parts.map(({ opened }) => opened)
    return {
      parts: key,
      reads,
      run: (_, signal) => this.#assemble(step.link ? undefined : before, actions, signal, before),
    }
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
    return { kind: 'layers', diffIds: (await this.#state(source.index)).diffIds }
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

const below = ({ diffIds, time }: State): KeyParts => ({ 'layers below': diffIds, time })

/** A little before now: the clock of file systems lags behind. */
const stampOf = ({ time }: State): Stamp => ({ since: Math.floor(Date.now() / 1000) - 1, to: time })

const isProxy = (entry: string): boolean => /^(https?|ftp|no|all)_proxy=/i.test(entry)
