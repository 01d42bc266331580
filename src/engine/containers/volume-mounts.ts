import { isRunning } from './container.ts'
import type { ContainerContext } from './context.ts'
import type { LiveContainer } from './live-container.ts'
import type { ResolvedMount } from './resolved-mount.ts'

const volumeNames = (mounts: readonly ResolvedMount[]): string[] =>
  mounts.flatMap(({ type, name }) => (type === 'volume' && name !== undefined ? [name] : []))

/** What drivers have to do before the volumes of a container can be bound; from then on their sources are known. */
export async function mountVolumes({ needs }: ContainerContext, { id, record }: LiveContainer): Promise<void> {
  const names = volumeNames(record.mounts)
  if (names.length === 0) return
  const paths = await needs.volumes.use.mount(id, names)
  record.mounts = record.mounts.map(mount => ({ ...mount, source: paths.get(mount.name ?? '') ?? mount.source }))
}

/** After a start that failed; behind, so that a driver that hangs holds nobody back. */
export function unmountVolumes({ needs }: ContainerContext, { id, record }: LiveContainer): void {
  void needs.volumes.use.unmount(id, volumeNames(record.mounts))
}

/** Mounts of a container as they are while somebody looks into it from outside. */
type Borrowed = { mounts: readonly ResolvedMount[]; giveBack: () => void }

/** For a copy: the volumes are there until they are given back, whether or not the container runs. */
export async function borrowVolumes({ needs }: ContainerContext, { record }: LiveContainer): Promise<Borrowed> {
  const names = volumeNames(record.mounts)
  if (names.length === 0 || isRunning(record.state)) return { mounts: record.mounts, giveBack: () => {} }
  const user = `copy-${process.hrtime.bigint()}`
  const paths = await needs.volumes.use.mount(user, names)
  const mounts = record.mounts.map(mount => ({ ...mount, source: paths.get(mount.name ?? '') ?? mount.source }))
  let isBack = false
  const giveBack = () => {
    if (!isBack) void needs.volumes.use.unmount(user, names)
    isBack = true
  }
  return { mounts, giveBack }
}
