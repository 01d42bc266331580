import type { VolumeShown } from './volume.ts'
import type { Volumes } from './volumes.ts'

/** What volumes take up, for `system df`: sizes in bytes. One that no container holds could go. */
export async function volumeUsage(
  volumes: Pick<Volumes, 'list'>,
  measure: (directory: string) => Promise<number>,
): Promise<{ items: Record<string, unknown>[]; active: number; bytes: number; reclaimable: number }> {
  const measured: (VolumeShown & { UsageData: { RefCount: number; Size: number } })[] = []
  for (const { shown, holders } of volumes.list()) {
    // One after the other: each measurement is a process of its own.
    const Size = await measure(shown.Mountpoint).catch(() => -1)
    measured.push({ ...shown, UsageData: { RefCount: holders, Size } })
  }
  const sum = (some: typeof measured) => some.reduce((bytes, { UsageData }) => bytes + Math.max(0, UsageData.Size), 0)
  const idle = measured.filter(({ UsageData }) => UsageData.RefCount === 0)
  return { items: measured, active: measured.length - idle.length, bytes: sum(measured), reclaimable: sum(idle) }
}
