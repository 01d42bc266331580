import { humanDuration } from '../../base/durations.ts'
import { formatBytes } from '../../base/units.ts'
import type { BuildCacheRecord, DiskUsage } from '../../client/system.ts'
import { containerRows } from '../container/rows.ts'
import { truncateId } from '../format/fields.ts'
import type { RowShape } from '../format/list.ts'
import { formatRows } from '../format/list.ts'
import { imageRows, rowsOf } from '../image/rows.ts'
import { volumeRows } from '../volume/ls.ts'

const IMAGES =
  'table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}'
const CONTAINERS =
  'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}'
const VOLUMES = 'table {{.Name}}\t{{.Links}}\t{{.Size}}'
const CACHE =
  'table {{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}'

/** What takes the space, one by one. Of an image only its first name is shown. */
export function verboseReport({ Images, Containers, Volumes, BuildCache }: DiskUsage): string {
  const images = (Images ?? []).map(image => rowsOf(image, false, false)[0]!)
  const containers = (Containers ?? []).map(container => ({ ...container, SizeRootFs: 0 }))
  const cache = BuildCache ?? []
  const cacheSize = cache.filter(({ Shared }) => !Shared).reduce((sum, { Size }) => sum + Size, 0)
  return [
    `Images space usage:\n\n${formatRows(imageRows(true), IMAGES, images)}`,
    `Containers space usage:\n\n${formatRows(containerRows(true), CONTAINERS, containers)}`,
    `Local Volumes space usage:\n\n${formatRows(volumeRows, VOLUMES, Volumes ?? [])}`,
    `Build cache usage: ${formatBytes(cacheSize, 4)}\n\n${formatRows(cacheRows, CACHE, cache)}`,
  ].join('\n')
}

const since = (text: string | null): string => (text ? `${humanDuration(Date.now() - Date.parse(text))} ago` : '')

const cacheRows: RowShape<BuildCacheRecord> = {
  typeName: '*formatter.buildCacheContext',
  headers: {
    ID: 'CACHE ID',
    Parent: 'PARENT',
    CacheType: 'CACHE TYPE',
    Size: 'SIZE',
    CreatedSince: 'CREATED',
    LastUsedSince: 'LAST USED',
    UsageCount: 'USAGE',
    InUse: 'IN USE',
    Shared: 'SHARED',
  },
  fields: record => ({
    ID: () => truncateId(record.ID) + (record.InUse ? '*' : ''),
    Parent: () => record.Parent ?? '',
    CacheType: () => record.Type,
    Size: () => formatBytes(record.Size),
    CreatedSince: () => since(record.CreatedAt),
    LastUsedSince: () => since(record.LastUsedAt),
    UsageCount: () => String(record.UsageCount),
    InUse: () => String(record.InUse),
    Shared: () => String(record.Shared),
  }),
}
