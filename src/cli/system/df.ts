import { formatBytes } from '../../base/units.ts'
import { type DiskUsage, type DiskUsageSums, diskUsage, diskUsageLists, type UsageOf } from '../../client/system.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import type { Methods } from '../../formats/go-template/values.ts'
import { defineCommand, noOperands } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { FORMAT_HELP, formatRows, type RowShape } from '../format/list.ts'

const TABLE = 'table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}'
const RAW =
  'type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n'

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: { format: text(FORMAT_HELP), verbose: bool('Show detailed information on space usage', { short: 'v' }) },
  operands: noOperands,
  async run({ flags, session }) {
    const usage = await diskUsage(await session.client(), flags.verbose)
    if (flags.verbose) {
      const { verboseReport } = await import('./df-verbose.ts')
      if (flags.format !== '' && flags.format !== 'table') {
        throw new CommandFailure("berth: a format with 'system df --verbose' is not implemented yet")
      }
      session.stdout.write(verboseReport(diskUsageLists(usage)))
      return 0
    }
    const format = flags.format === '' || flags.format === 'table' ? TABLE : flags.format === 'raw' ? RAW : flags.format
    session.stdout.write(formatRows(usageRows, format, 'ImageUsage' in usage ? sumsOf(usage) : usageOf(usage)))
    return 0
  },
})

type Usage = { type: string; count: number; active: number; size: number; reclaimable: number; shares: boolean }

function sumsOf({ ImageUsage, ContainerUsage, VolumeUsage, BuildCacheUsage }: DiskUsageSums): Usage[] {
  const row = (type: string, usage: UsageOf<unknown>, shares = true): Usage => ({
    type,
    count: usage.TotalCount ?? 0,
    active: usage.ActiveCount ?? 0,
    size: usage.TotalSize ?? 0,
    reclaimable: usage.Reclaimable ?? 0,
    shares,
  })
  return [
    row('Images', ImageUsage),
    row('Containers', ContainerUsage),
    row('Local Volumes', VolumeUsage),
    row('Build Cache', BuildCacheUsage, false),
  ]
}

function usageOf({ LayersSize, Images, Containers, Volumes, BuildCache }: DiskUsage): Usage[] {
  const images = Images ?? []
  const used = images
    .filter(image => image.Containers !== 0 && image.Size !== -1 && image.SharedSize !== -1)
    .reduce((sum, image) => sum + image.Size - image.SharedSize, 0)
  const containers = Containers ?? []
  const isActive = (state: string) => ['running', 'paused', 'restarting'].includes(state)
  const total = <T>(list: T[], size: (one: T) => number) => list.reduce((sum, one) => sum + size(one), 0)
  const idle = containers.filter(({ State }) => !isActive(State))
  const volumes = (Volumes ?? []).map(({ UsageData }) => ({
    size: Math.max(0, UsageData?.Size ?? 0),
    users: UsageData?.RefCount ?? 0,
  }))
  const cache = BuildCache ?? []
  const cacheSize = (list: typeof cache) =>
    total(
      list.filter(({ Shared }) => !Shared),
      ({ Size }) => Size,
    )
  return [
    {
      type: 'Images',
      count: images.length,
      active: images.filter(image => image.Containers > 0).length,
      size: LayersSize,
      reclaimable: LayersSize - used,
      shares: true,
    },
    {
      type: 'Containers',
      count: containers.length,
      active: containers.length - idle.length,
      size: total(containers, ({ SizeRw = 0 }) => SizeRw),
      reclaimable: total(idle, ({ SizeRw = 0 }) => SizeRw),
      shares: true,
    },
    {
      type: 'Local Volumes',
      count: volumes.length,
      active: volumes.filter(({ users }) => users > 0).length,
      size: total(volumes, ({ size }) => size),
      reclaimable: total(
        volumes.filter(({ users }) => users === 0),
        ({ size }) => size,
      ),
      shares: true,
    },
    {
      type: 'Build Cache',
      count: cache.length,
      active: cache.filter(({ InUse }) => InUse).length,
      size: total(cache, ({ Size }) => Size),
      reclaimable: cacheSize(cache.filter(({ InUse }) => !InUse)),
      shares: false,
    },
  ]
}

const usageRows: RowShape<Usage> = {
  typeName: '*formatter.diskUsageImagesContext',
  headers: { Type: 'TYPE', TotalCount: 'TOTAL', Active: 'ACTIVE', Size: 'SIZE', Reclaimable: 'RECLAIMABLE' },
  fields: (usage): Methods => ({
    Type: () => usage.type,
    TotalCount: () => String(usage.count),
    Active: () => String(usage.active),
    Size: () => formatBytes(usage.size, 4),
    Reclaimable: () => {
      const size = formatBytes(usage.reclaimable, 4)
      return usage.shares && usage.size > 0 ? `${size} (${Math.trunc((usage.reclaimable * 100) / usage.size)}%)` : size
    },
  }),
}
