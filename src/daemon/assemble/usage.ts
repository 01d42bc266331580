import type { Builder } from '../../engine/build/builder.ts'
import { cacheSummary } from '../../engine/build/cache/cache-record.ts'
import type { Containers } from '../../engine/containers/containers.ts'
import type { Images } from '../../engine/images/images.ts'
import type { Usage, UsageSources } from '../../engine/system/disk-usage.ts'
import type { Volumes } from '../../engine/volumes/volumes.ts'
import type { Trees } from '../../store/tree/tree.ts'

type Needs = { containers: Containers; images: Images; volumes: Volumes; trees: Trees; builder: Builder }

/** What `system df` measures, each kind by the noun that owns it. */
export const usageSources = (needs: Needs): UsageSources => ({
  container: () => containerUsage(needs),
  image: async () => needs.images.usage(),
  volume: () => volumeUsage(needs),
  'build-cache': () => cacheUsage(needs),
})

async function containerUsage({ containers }: Needs): Promise<Usage> {
  const all = containers.all()
  const sizes = await containers.allSizes(all)
  const items = all.map((container, place) => ({ ...containers.summary(container), ...sizes[place]! }))
  const bytes = sum(items.map(({ SizeRw }) => SizeRw))
  const resting = items.filter(({ State }) => !isUp(State))
  return { items, active: items.length - resting.length, bytes, reclaimable: sum(resting.map(({ SizeRw }) => SizeRw)) }
}

const isUp = (state: string): boolean => ['running', 'paused', 'restarting'].includes(state)

async function volumeUsage({ volumes, trees }: Needs): Promise<Usage> {
  const all = volumes.listLocal()
  const sizes = await trees.usages(all.map(({ shown }) => shown.Mountpoint))
  const items = all.map(({ shown, holders }, place) => ({
    ...shown,
    UsageData: { RefCount: holders, Size: sizes[place] ?? -1 },
  }))
  const sizeOf = (list: typeof items) => sum(list.map(({ UsageData }) => Math.max(0, UsageData.Size)))
  const free = items.filter(({ UsageData }) => UsageData.RefCount === 0)
  return { items, active: items.length - free.length, bytes: sizeOf(items), reclaimable: sizeOf(free) }
}

/** What images share counts as theirs. */
async function cacheUsage({ builder }: Needs): Promise<Usage> {
  const records = await builder.upkeep.list()
  const own = records.filter(({ shared }) => !shared)
  const resting = own.filter(({ inUse }) => !inUse)
  return {
    items: records.map(cacheSummary),
    active: records.filter(({ inUse }) => inUse).length,
    bytes: sum(own.map(({ size }) => size)),
    reclaimable: sum(resting.map(({ size }) => size)),
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)
