import { join } from 'node:path'
import type { MonitorLaunch } from '../../../host/monitor/contract.ts'
import type { ResolvedMount } from '../resolved-mount.ts'

/** Mounts whose source is not there before the monitor has made it: parts of volumes, and images. */
export const viewsAmong = (mounts: readonly ResolvedMount[]): ResolvedMount[] => mounts.filter(isView)

export const isView = ({ type, subpath }: ResolvedMount): boolean => type === 'image' || !!subpath

/** Where the runtime finds it; see MonitorLaunch.views. `rootfs` lies in the bundle. */
export const viewPath = (rootfs: string, mounts: readonly ResolvedMount[], mount: ResolvedMount): string =>
  join(rootfs, '../views', String(viewsAmong(mounts).indexOf(mount)))

/** The layers of each, topmost first. */
export const viewLayers = (
  mounts: readonly ResolvedMount[],
  lower: (diffIds: string[]) => string[],
): NonNullable<MonitorLaunch['views']> =>
  viewsAmong(mounts).map(({ type, source, diffIds = [], subpath = '', readOnly }) => ({
    layers: type === 'image' ? lower(diffIds) : [source],
    subpath,
    readOnly,
  }))
