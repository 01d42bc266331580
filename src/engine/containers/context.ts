import type { KeyedLock } from '../../base/locks.ts'
import type { Events } from '../events/events.ts'
import { type ContainerPaths, cgroupsPathOf, containerPaths } from './container-paths.ts'
import type { ContainerTable } from './container-table.ts'
import type { LifeListeners } from './life.ts'
import type { LiveContainer } from './live-container.ts'
import type { ContainerNeeds } from './needs.ts'

/** What the steps of a container's life share. `locks` (by id) keep start, end and removal of one container apart; no other container waits for them. */
export type ContainerContext = {
  readonly needs: ContainerNeeds
  readonly table: ContainerTable
  readonly locks: KeyedLock
  readonly life: LifeListeners
  /** The daemon is going: ends are recorded, nothing is restarted. */
  isStopping: boolean
  /** Told when a container is no more, as its name becomes free. */
  forget: (container: LiveContainer) => void
  /** Follows a monitor to its end; set by the one who decides what comes after it. */
  watch: (container: LiveContainer, monitor: NonNullable<LiveContainer['monitor']>) => void
}

export const pathsOf = (context: ContainerContext, container: { id: string }): ContainerPaths =>
  containerPaths(context.needs.instance, container.id)

export const cgroupOf = ({ needs }: ContainerContext, { record }: LiveContainer): string =>
  cgroupsPathOf(needs.instance, record)

/** An event about a container, with the attributes that Docker gives to each: labels, image, name, and these. */
export function emit(
  { needs }: { needs: { events: Pick<Events, 'emit'> } },
  { record }: LiveContainer,
  action: string,
  more: Record<string, string> = {},
): void {
  const { Labels } = record.config
  needs.events.emit('container', action, record.id, {
    ...Labels,
    image: record.config.Image ?? record.imageRef,
    name: record.name,
    ...more,
  })
}
