import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Where the runtime mounts what is its own. */
const PLACES = ['dev', 'proc', 'sys']

/**
 * Makes directories in the writable layer of places that an image (or `cp`) has as links or files, as Docker does: crun
 * resolves a link at /dev inside the root when it mounts there, and outside of it when it makes the devices
 * [CVE-2026-41579, CVE-2026-47766]. Only for a container that does not run. `layers`: topmost first, without `upper`.
 */
export function straightenPlaces(upper: string, layers: readonly string[]): void {
  for (const place of PLACES) {
    const status = [upper, ...layers].map(layer => lstat(join(layer, place))).find(found => found !== undefined)
    if (!status || status.isDirectory()) continue
    const own = join(upper, place)
    rmSync(own, { force: true })
    mkdirSync(own, { mode: 0o755 })
  }
}

const lstat = (path: string) => lstatSync(path, { throwIfNoEntry: false })
