import type { VolumeDriver } from './driver.ts'
import type { LocalDriver } from './local/local-driver.ts'
import { readLocalOptions } from './local/local-options.ts'
import type { Volume } from './volume.ts'

/** Layers topmost first, as overlayfs stacks them, and a place in them. */
export type ImagePlace = { layers: string[]; path: string }

export type CopyUp = {
  /** Whether there is a directory at the place. */
  has: (source: ImagePlace) => boolean
  /**
   * Copies what the layers have there into an empty directory, with owners, modes, times and attributes; the directory
   * itself gets those of the one copied. Never leaves the layers, whatever their links say [CVE-2022-23648].
   */
  copy: (source: ImagePlace, into: string) => Promise<void>
}

type Filling = { volume: Volume; source: ImagePlace; copyUp: CopyUp; isUsed: boolean }

/**
 * Fills a volume from the image if it is empty: what is in one is the user's [CVE-2020-1726]. One that others may have
 * mounted is filled in place.
 */
export async function fillVolume(driver: LocalDriver, { volume, source, copyUp, isUsed }: Filling): Promise<void> {
  if (!copyUp.has(source)) return
  const { directories } = driver
  if (readLocalOptions(volume.name, volume.options ?? {}).mount) {
    await whileMounted(driver, volume, async path => {
      if (await directories.isEmpty(volume.name)) await copyUp.copy(source, path)
    })
  } else if (await directories.isEmpty(volume.name)) {
    if (isUsed) await copyUp.copy(source, directories.data(volume.name))
    else await directories.replaceEmpty(volume.name, directory => copyUp.copy(source, directory))
  }
}

async function whileMounted(
  driver: VolumeDriver,
  volume: Volume,
  work: (path: string) => Promise<void>,
): Promise<void> {
  const user = `copy-up-${process.hrtime.bigint()}`
  try {
    await work(await driver.mount(volume, user))
  } finally {
    await driver.unmount(volume, user)
  }
}
