import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LayeredRoot } from '../../containers/spec/layered-root.ts'

export type Place = { path: string; isDirectory: boolean }

/**
 * Makes, as one more layer below the step's own, what its mounts are put on and its root lacks: so nothing of them is ever
 * written where the step's layer comes from, and nothing has to be taken away afterwards [CVE-2024-23652]. True if anything
 * was lacking. Directories above are shown as they are.
 */
export function makeStubs(root: LayeredRoot, directory: string, places: readonly Place[]): boolean {
  let any = false
  for (const { path, isDirectory } of places) {
    const found = root.resolve(path)
    if (found.kind === (isDirectory ? 'directory' : 'leaf')) continue
    any = true
    let at = directory
    const parts = found.path.split('/').filter(Boolean)
    for (const [index, part] of parts.entries()) {
      const above = root.directoryAt(`/${parts.slice(0, index + 1).join('/')}`)
      at = join(at, part)
      const isLast = index === parts.length - 1
      if (isLast && !isDirectory) writeFileSync(at, '', { flag: 'a', mode: 0o644 })
      else {
        mkdirSync(at, { recursive: true, mode: above?.mode ?? 0o755 })
        if (above) chownSync(at, above.uid, above.gid)
      }
    }
  }
  return any
}

/** What every container has, whether or not its image has a place for it. */
export const PLACES: readonly Place[] = [
  ...['/proc', '/sys', '/dev'].map(path => ({ path, isDirectory: true })),
  ...['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'].map(path => ({ path, isDirectory: false })),
]
