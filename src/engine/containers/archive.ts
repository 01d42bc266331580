import { existsSync } from 'node:fs'
import { Fault } from '../../base/faults.ts'
import type { ExtractTreeOptions, PathStat, RootSource, ViewMount } from '../../store/tree/tree.ts'
import { isRunning } from './container.ts'
import { type ContainerContext, emit, pathsOf } from './context.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'
import { networkFilesOf } from './network-request.ts'
import type { ResolvedMount } from './resolved-mount.ts'
import { userOf } from './surroundings.ts'
import { borrowVolumes } from './volume-mounts.ts'

/** Files of a container from outside, whether or not it runs. `given`: what the client called it, for texts. */
export type PathOf = { container: LiveContainer; given: string; path: string }

export async function statPath(context: ContainerContext, of: PathOf): Promise<PathStat> {
  const volumes = await borrowVolumes(context, of.container)
  try {
    const root = rootToRead(context, of.container, volumes.mounts)
    return await inWords(of, () => context.needs.trees.statPath(root, of.path))
  } finally {
    volumes.giveBack()
  }
}

/** One tar; its body has to be read to the end or returned. */
export async function readPath(
  context: ContainerContext,
  of: PathOf,
): Promise<{ stat: PathStat; body: AsyncIterable<Uint8Array> }> {
  const volumes = await borrowVolumes(context, of.container)
  try {
    const root = rootToRead(context, of.container, volumes.mounts)
    const { stat, body } = await inWords(of, () => context.needs.trees.readTar(root, of.path))
    emit(context, of.container, 'archive-path', { path: of.path })
    return { stat, body: endingWith(body, volumes.giveBack) }
  } catch (failure) {
    volumes.giveBack()
    throw failure
  }
}

/** The same, with a last word, also for who never begins to read. */
function endingWith(body: AsyncIterable<Uint8Array>, end: () => void): AsyncIterable<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const piece = await pieces.next().catch(failure => {
          end()
          throw failure
        })
        if (piece.done) end()
        return piece
      },
      async return() {
        end()
        await pieces.return?.()
        return { done: true, value: undefined }
      },
    }),
  }
}

/** Everything in the container but what is mounted in it, as a tar; the body has to be read to the end or returned. */
export async function exportRoot(
  context: ContainerContext,
  container: LiveContainer,
): Promise<AsyncIterable<Uint8Array>> {
  const { status } = container.record.state
  if (status === 'dead') throw containerFaults.EXPORT(container.id, 'Dead')
  if (container.isRemoving || status === 'removing') throw containerFaults.EXPORT(container.id, 'being removed')
  const body = await context.needs.trees.exportTar({ ...rootToRead(context, container, []), mounts: [] })
  emit(context, container, 'export')
  return body
}

/** A container that does not run is not started meanwhile; its removal ends this. */
export async function extractTo(
  context: ContainerContext,
  of: PathOf,
  body: AsyncIterable<Uint8Array>,
  options: { noOverwriteDirNonDir: boolean; copyOwner: boolean },
): Promise<void> {
  of.container.copyCount++
  await withRootToWrite(context, of, (root, pieces) => {
    const { uid, gid } = options.copyOwner ? userOf(context, of.container) : { uid: 0, gid: 0 }
    const { noOverwriteDirNonDir } = options
    const extract: ExtractTreeOptions = { noOverwriteDirNonDir, ...(options.copyOwner && { owner: { uid, gid } }) }
    return context.needs.trees.extractTar(root, of.path, pieces(body), extract)
  })
  of.container.copyCount++
  emit(context, of.container, 'extract-to-dir', { path: of.path })
}

type Asked = readonly ResolvedMount[]
type Guard = (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

async function withRootToWrite(
  context: ContainerContext,
  of: PathOf,
  work: (root: RootSource, guard: Guard) => Promise<void>,
): Promise<void> {
  const { container } = of
  const running = runningRoot(context, container, container.record.mounts)
  if (running) return inWords(of, () => work(running, body => body))
  const ending = new AbortController()
  container.copies.add(ending)
  try {
    await context.locks.run(container.id, async () => {
      const volumes = await borrowVolumes(context, container)
      try {
        // A start may have been in line before.
        const root = runningRoot(context, container, volumes.mounts) ?? stoppedRoot(context, container, volumes.mounts)
        await inWords(of, () => work(root, body => untilEnded(body, ending.signal)))
      } finally {
        volumes.giveBack()
      }
    })
  } finally {
    container.copies.delete(ending)
  }
}

function runningRoot(context: ContainerContext, container: LiveContainer, asked: Asked): RootSource | undefined {
  const { state } = container.record
  return isRunning(state) ? { pid: state.pid, mounts: viewMounts(context, container, asked) } : undefined
}

/** The root of a container that does not run is mounted for us, with its layer to write to: a start meanwhile would mount it a second time. */
function stoppedRoot(context: ContainerContext, container: LiveContainer, asked: Asked): RootSource {
  if (container.record.hostConfig.ReadonlyRootfs) return rootToRead(context, container, asked)
  const { upper, work } = pathsOf(context, container)
  const lower = context.needs.layers.lower(container.record.diffIds)
  return { lower, upper, work, mounts: viewMounts(context, container, asked) }
}

/** Nobody waits for a reader: it sees the layer of a stopped container as one more layer below. */
function rootToRead(context: ContainerContext, container: LiveContainer, asked: Asked): RootSource {
  const lower = [pathsOf(context, container).upper, ...context.needs.layers.lower(container.record.diffIds)]
  return runningRoot(context, container, asked) ?? { lower, mounts: viewMounts(context, container, asked) }
}

/** The body, which fails once the container is being removed: a client that stalls does not hold the removal back. */
async function* untilEnded(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(containerFaults.COPY_REMOVED()), { once: true })
  })
  ended.catch(() => {})
  const pieces = body[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await Promise.race([pieces.next(), ended])
    if (done) return
    yield value
  }
}

/** Volumes, binds and the engine's own files, as the container sees them. */
function viewMounts(context: ContainerContext, container: LiveContainer, asked: Asked): ViewMount[] {
  const { hosts, hostname, resolvConf } = networkFilesOf(context, container.record)
  const own = Object.entries({ '/etc/hosts': hosts, '/etc/hostname': hostname, '/etc/resolv.conf': resolvConf })
  const files = own.filter(([, source]) => existsSync(source))
  const there = asked.filter(({ type, source }) => type === 'image' || (type !== 'tmpfs' && existsSync(source)))
  const mounts = [
    ...files.map(([destination, source]) => ({ source, destination, readOnly: false })),
    ...there.map(({ source, destination, readOnly, nonRecursive, subpath, diffIds }) => ({
      source,
      destination,
      readOnly,
      recursive: !nonRecursive,
      subpath,
      layers: diffIds && context.needs.layers.lower(diffIds),
    })),
  ]
  return mounts.sort((a, b) => depth(a.destination) - depth(b.destination))
}

const depth = (path: string): number => path.split('/').length

async function inWords<T>({ path, given }: PathOf, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (failure) {
    const isAbsent = failure instanceof Fault && failure.code === 'TREE_NOT_FOUND'
    throw isAbsent ? containerFaults.NO_FILE(path, given, { cause: failure }) : failure
  }
}
