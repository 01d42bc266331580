import { existsSync } from 'node:fs'
import { Fault } from '../../base/faults.ts'
import type { ExtractTreeOptions, PathStat, RootSource, ViewMount } from '../../store/tree/tree.ts'
import { isRunning } from './container.ts'
import { type ContainerContext, emit, pathsOf } from './context.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'
import { networkFilesOf } from './network-request.ts'
import { userOf } from './surroundings.ts'

/** Files of a container from outside, whether or not it runs. `given`: what the client called it, for texts. */
export type PathOf = { container: LiveContainer; given: string; path: string }

export const statPath = (context: ContainerContext, of: PathOf): Promise<PathStat> =>
  withRoot(context, of, root => context.needs.trees.statPath(root, of.path))

/** One tar; its body has to be read to the end or returned. A container that does not run cannot be started until then. */
export async function readPath(
  context: ContainerContext,
  of: PathOf,
): Promise<{ stat: PathStat; body: AsyncIterable<Uint8Array> }> {
  const { root, leave } = await enter(context, of.container)
  try {
    const { stat, body } = await inWords(of, () => context.needs.trees.readTar(root, of.path))
    emit(context, of.container, 'archive-path', { path: of.path })
    return { stat, body: thenLeave(body, leave) }
  } catch (failure) {
    leave()
    throw failure
  }
}

export async function extractTo(
  context: ContainerContext,
  of: PathOf,
  body: AsyncIterable<Uint8Array>,
  options: { noOverwriteDirNonDir: boolean; copyOwner: boolean },
): Promise<void> {
  await withRoot(context, of, root => {
    const { uid, gid } = options.copyOwner ? userOf(context, of.container) : { uid: 0, gid: 0 }
    const { noOverwriteDirNonDir } = options
    const extract: ExtractTreeOptions = { noOverwriteDirNonDir, ...(options.copyOwner && { owner: { uid, gid } }) }
    return context.needs.trees.extractTar(root, of.path, body, extract)
  })
  emit(context, of.container, 'extract-to-dir', { path: of.path })
}

async function withRoot<T>(context: ContainerContext, of: PathOf, work: (root: RootSource) => Promise<T>): Promise<T> {
  const { root, leave } = await enter(context, of.container)
  try {
    return await inWords(of, () => work(root))
  } finally {
    leave()
  }
}

/** The root of a container that does not run is mounted for us: a start meanwhile would mount it a second time. */
async function enter(
  context: ContainerContext,
  container: LiveContainer,
): Promise<{ root: RootSource; leave: () => void }> {
  const mounts = viewMounts(context, container)
  const { pid } = container.record.state
  if (isRunning(container.record.state)) return { root: { pid, mounts }, leave: () => {} }
  const left = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  void context.locks.run(container.id, () => {
    entered.resolve()
    return left.promise
  })
  await entered.promise
  // A start may have been in line before.
  if (isRunning(container.record.state)) {
    left.resolve()
    return { root: { pid: container.record.state.pid, mounts }, leave: () => {} }
  }
  return { root: { ...stoppedRoot(context, container), mounts }, leave: left.resolve }
}

function stoppedRoot(context: ContainerContext, container: LiveContainer): RootSource {
  const { upper, work } = pathsOf(context, container)
  const { diffIds, hostConfig } = container.record
  const lower = context.needs.layers.lower(diffIds)
  return hostConfig.ReadonlyRootfs ? { lower: [upper, ...lower] } : { lower, upper, work }
}

/** Volumes, binds and the engine's own files, as the container sees them. */
function viewMounts(context: ContainerContext, container: LiveContainer): ViewMount[] {
  const { hosts, hostname, resolvConf } = networkFilesOf(context, container.record)
  const own = Object.entries({ '/etc/hosts': hosts, '/etc/hostname': hostname, '/etc/resolv.conf': resolvConf })
  const files = own.filter(([, source]) => existsSync(source))
  const asked = container.record.mounts.filter(({ type, source }) => type !== 'tmpfs' && existsSync(source))
  const mounts = [
    ...files.map(([destination, source]) => ({ source, destination, readOnly: false })),
    ...asked.map(({ source, destination, readOnly, nonRecursive }) => ({
      source,
      destination,
      readOnly,
      recursive: !nonRecursive,
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

/** An iterator of its own and no generator: one that is given up before its first step would never come to its `finally`. */
function thenLeave(body: AsyncIterable<Uint8Array>, leave: () => void): AsyncIterable<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        try {
          const next = await pieces.next()
          if (next.done) leave()
          return next
        } catch (failure) {
          leave()
          throw failure
        }
      },
      return: async () => {
        await pieces.return?.().catch(() => {})
        leave()
        return { done: true, value: undefined }
      },
    }),
  }
}
