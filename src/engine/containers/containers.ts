import type { Finding } from '../../base/finding.ts'
import { KeyedLock, Semaphore } from '../../base/locks.ts'
import type {
  ContainerCreate,
  ContainerInspect,
  ContainerSummary,
  EndpointSettings,
} from '../../formats/engine-api/container.ts'
import { PruneTurn } from '../../formats/prune-filters/prune-filters.ts'
import { parseSignal } from '../../formats/signals/signals.ts'
import type { ChangedPath, PathStat } from '../../store/tree/tree.ts'
import { planOf } from '../logs/drivers/log-config.ts'
import { logFaults } from '../logs/faults.ts'
import type { LogOptions } from '../logs/log-options.ts'
import { readLog } from '../logs/log-reader.ts'
import { exportRoot, extractTo, readPath, statPath } from './archive.ts'
import { type ContainerCommit, commitContainer } from './commit.ts'
import { type ContainerRecord, imagesOf, isRunning } from './container.ts'
import { ContainerRows } from './container-rows.ts'
import { ContainerTable } from './container-table.ts'
import { type ContainerContext, cgroupOf, emit, pathsOf } from './context.ts'
import { type Created, type CreateOptions, createContainer } from './create.ts'
import { watch } from './ending.ts'
import { examineContainers } from './examine/examine-containers.ts'
import { containerFaults } from './faults.ts'
import { inspectContainer } from './inspect.ts'
import { killContainer } from './kill.ts'
import { type LifeListener, LifeListeners } from './life.ts'
import { type ListQuery, selectContainers, summarize } from './list.ts'
import type { LiveContainer, WaitResult } from './live-container.ts'
import type { ContainerNeeds } from './needs.ts'
import { connectContainer, disconnectContainer } from './network-connections.ts'
import { pauseContainer, unpauseContainer } from './pause.ts'
import { type PrunedContainers, type PruneQuery, pruneContainers } from './prune.ts'
import { recoverContainers } from './recover.ts'
import { type RemoveOptions, removeContainer } from './remove.ts'
import { renameContainer } from './rename.ts'
import { writableBytes } from './sizes.ts'
import { startContainer } from './start.ts'
import { type StopOptions, stopContainer } from './stop.ts'
import { psArguments, readPs, runPs, type Top } from './top.ts'
import { type ContainerUpdate, updateContainer } from './update.ts'
import { type WaitCondition, waitFor } from './wait.ts'

/**
 * All containers of one daemon. What clients call a container (`given`: id, beginning of an id, name) is resolved at the
 * call. Reading never waits for a container: not for its lock, not for its program.
 */
export class Containers {
  readonly #context: ContainerContext
  readonly #table: ContainerTable
  /** Each is a process of its own. */
  readonly #usage = new Semaphore(2)
  readonly #pruneTurn = new PruneTurn()
  readonly #removalListeners: ((id: string, imageIds: string[]) => void)[] = []

  constructor(needs: ContainerNeeds) {
    this.#table = new ContainerTable(new ContainerRows(needs.database))
    this.#context = {
      needs,
      table: this.#table,
      locks: new KeyedLock(),
      life: new LifeListeners(),
      isStopping: false,
      watch: (container, monitor) => watch(this.#context, container, monitor),
      forget: ({ id, record }) => {
        for (const listener of this.#removalListeners) listener(id, imagesOf(record))
      },
    }
  }

  /** Once, before anything else; networks have to be there. */
  recover(): Promise<void> {
    return recoverContainers(this.#context)
  }

  /** What of the containers the machine has otherwise than it is written down. `isOthers`: cgroups beside theirs, by name. */
  examine(isOthers: (group: string) => boolean): Promise<Finding[]> {
    return examineContainers(this.#context, isOthers)
  }

  /** The daemon goes; containers stay. No restart by policy is begun any more. */
  stop(): void {
    this.#context.isStopping = true
    for (const { restartTimer } of this.#table.all()) clearTimeout(restartTimer)
  }

  onRemoved(listener: (containerId: string, imageIds: string[]) => void): void {
    this.#removalListeners.push(listener)
  }

  /** Before `recover`, so that it is told of the containers that are adopted. */
  follow(listener: LifeListener): void {
    this.#context.life.add(listener)
  }

  get context(): ContainerContext {
    return this.#context
  }

  /** Throws 404. */
  get(given: string): LiveContainer {
    return this.#table.resolve(given)
  }

  find(given: string): LiveContainer | undefined {
    return this.#table.find(given)
  }

  all(): LiveContainer[] {
    return this.#table.all()
  }

  /** For the rules of image removal. */
  usersOf(imageId: string): { containerId: string; running: boolean }[] {
    const users = this.#table.all().filter(({ record }) => imagesOf(record).includes(imageId))
    return users.map(({ id, record }) => ({ containerId: id, running: isRunning(record.state) }))
  }

  create(body: ContainerCreate, options: CreateOptions): Promise<Created> {
    return createContainer(this.#context, body, options)
  }

  start(given: string): Promise<void> {
    return startContainer(this.#context, this.get(given))
  }

  connect(given: string, network: string, asked: EndpointSettings): Promise<void> {
    return connectContainer(this.#context, this.get(given), network, asked)
  }

  disconnect(given: string, network: string): Promise<void> {
    return disconnectContainer(this.#context, this.get(given), network)
  }

  /** `signal` in any of Docker's forms. */
  async stopContainer(given: string, options: { signal?: string; graceSeconds?: number }): Promise<void> {
    const container = this.get(given)
    await stopContainer(this.#context, container, given, readStop(given, options))
  }

  async restart(given: string, options: { signal?: string; graceSeconds?: number }): Promise<void> {
    const container = this.get(given)
    const stopOptions = readStop(given, options)
    container.isRestartingByHand = true
    try {
      const { status } = container.record.state
      if (isRunning(container.record.state) || status === 'restarting') {
        await stopContainer(this.#context, container, given, stopOptions)
      }
      await startContainer(this.#context, container)
    } finally {
      container.isRestartingByHand = false
    }
    emit(this.#context, container, 'restart')
  }

  async kill(given: string, signalText: string | undefined): Promise<void> {
    const container = this.get(given)
    const signal = signalText ? parseSignal(signalText) : undefined
    if (signalText && signal === undefined) throw containerFaults.KILL_BAD_SIGNAL(given, signalText)
    await killContainer(this.#context, container, given, signal)
  }

  pause(given: string): Promise<void> {
    return pauseContainer(this.#context, this.get(given))
  }

  unpause(given: string): Promise<void> {
    return unpauseContainer(this.#context, this.get(given))
  }

  rename(given: string, name: string): Promise<void> {
    return renameContainer(this.#context, this.get(given), name)
  }

  remove(given: string, options: RemoveOptions): Promise<void> {
    return removeContainer(this.#context, this.get(given), given, options)
  }

  update(given: string, asked: ContainerUpdate): Promise<string[]> {
    return updateContainer(this.#context, this.get(given), asked)
  }

  /** Subscribed when it returns. Resolves to undefined when the client goes first. */
  wait(given: string, condition: WaitCondition, signal: AbortSignal): Promise<WaitResult | undefined> {
    return waitFor(this.get(given), condition, signal)
  }

  list(query: ListQuery): LiveContainer[] {
    return selectContainers(this.#table.all(), query, {
      resolve: given => this.get(given),
      imageId: reference => this.#imageId(reference),
    })
  }

  summary({ record }: LiveContainer, now = Date.now()): ContainerSummary {
    return summarize(record, this.#imageId(record.imageRef), now)
  }

  inspect(given: string): ContainerInspect {
    const container = this.get(given)
    const { record, execIds } = container
    const nameOf = (id: string) => this.#table.find(id)?.record.name
    return inspectContainer(record, pathsOf(this.#context, container), this.#lower(record), execIds, nameOf)
  }

  /** Bytes of the writable layer, and of all layers. */
  async sizes(container: LiveContainer): Promise<{ SizeRw: number; SizeRootFs: number }> {
    const bytes = await this.#usage.run(() => writableBytes(this.#context, [container]))
    const SizeRw = bytes.get(container.id) ?? 0
    return { SizeRw, SizeRootFs: SizeRw + this.#layerBytes(container.record) }
  }

  /** The same of several, measured together. */
  async allSizes(containers: LiveContainer[]): Promise<{ SizeRw: number; SizeRootFs: number }[]> {
    const bytes = await this.#usage.run(() => writableBytes(this.#context, containers))
    return containers.map(({ id, record }) => {
      const SizeRw = bytes.get(id) ?? 0
      return { SizeRw, SizeRootFs: SizeRw + this.#layerBytes(record) }
    })
  }

  /** Throws 409 while another prune is under way. */
  async prune(query: PruneQuery): Promise<PrunedContainers> {
    return await this.#pruneTurn.run(async () => {
      const pruned = await pruneContainers(this.#context, this.#table.all(), query)
      const reclaimed = String(pruned.bytes)
      if (!query.isTrial) this.#context.needs.events.emit('container', 'prune', '', { reclaimed })
      return pruned
    })
  }

  async top(given: string, psArgs: string | undefined): Promise<Top> {
    const container = this.get(given)
    const words = psArguments(psArgs)
    const { status } = container.record.state
    if (status === 'restarting') throw containerFaults.RESTARTING(container.id)
    if (!isRunning(container.record.state)) throw containerFaults.NOT_RUNNING(container.id)
    const pids = await this.#context.needs.cgroups.pids(cgroupOf(this.#context, container))
    const top = readPs(await runPs(words), pids)
    emit(this.#context, container, 'top')
    return top
  }

  resize(given: string, rows: number, columns: number): void {
    const container = this.get(given)
    if (!isRunning(container.record.state)) throw containerFaults.NOT_RUNNING(container.id)
    container.monitor?.resize(rows, columns)
    emit(this.#context, container, 'resize', { height: String(rows), width: String(columns) })
  }

  /** Throws before the first piece: 404, 400 without a stream, 501 where the log driver cannot be read. */
  logs(container: LiveContainer, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (!options.stdout && !options.stderr) throw logFaults.NO_STREAM()
    if (!planOf(container.record.hostConfig.LogConfig ?? {})?.isReadable) throw logFaults.NOT_READABLE()
    const isUp = isRunning(container.record.state)
    const ended = isUp ? container.ended : Promise.resolve()
    return readLog({ path: pathsOf(this.#context, container).log, ended }, options, signal)
  }

  statPath(given: string, path: string): Promise<PathStat> {
    return statPath(this.#context, { container: this.get(given), given, path })
  }

  readPath(given: string, path: string): Promise<{ stat: PathStat; body: AsyncIterable<Uint8Array> }> {
    return readPath(this.#context, { container: this.get(given), given, path })
  }

  extractTo(
    given: string,
    path: string,
    body: AsyncIterable<Uint8Array>,
    options: { noOverwriteDirNonDir: boolean; copyOwner: boolean },
  ): Promise<void> {
    return extractTo(this.#context, { container: this.get(given), given, path }, body, options)
  }

  export(given: string): Promise<AsyncIterable<Uint8Array>> {
    return exportRoot(this.#context, this.get(given))
  }

  /** What it has changed of its image's files. */
  async changes(given: string): Promise<ChangedPath[]> {
    const container = this.get(given)
    const { trees, layers } = this.#context.needs
    return await trees.changes(pathsOf(this.#context, container).upper, layers.lower(container.record.diffIds))
  }

  /** The id of the new image. */
  commit(given: string, asked: ContainerCommit, signal: AbortSignal): Promise<string> {
    return commitContainer(this.#context, this.get(given), asked, signal)
  }

  #imageId(reference: string): string | undefined {
    try {
      return this.#context.needs.images.resolve(reference).id
    } catch {
      return undefined
    }
  }

  #layerBytes({ diffIds }: ContainerRecord): number {
    return diffIds.reduce((sum, diffId) => sum + this.#context.needs.layers.size(diffId), 0)
  }

  #lower(record: ContainerRecord): string[] {
    try {
      return this.#context.needs.layers.lower(record.diffIds)
    } catch {
      return []
    }
  }
}

function readStop(
  given: string,
  { signal: text, graceSeconds }: { signal?: string; graceSeconds?: number },
): StopOptions {
  const signal = text ? parseSignal(text) : undefined
  if (text && signal === undefined) throw containerFaults.STOP_BAD_SIGNAL(given, text)
  return { signal, graceSeconds }
}
