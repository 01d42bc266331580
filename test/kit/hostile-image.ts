import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { busyboxTar } from './busybox.ts'
import type { TestDaemon } from './daemon.ts'
import { must } from './run.ts'

/**
 * Imports a busybox root that a shell script has changed as an image. The script runs in the root as its working
 * directory; `changes` are Dockerfile lines.
 */
export async function hostileImage(
  daemon: TestDaemon,
  name: string,
  script: string,
  changes: string[] = [],
): Promise<void> {
  using tar = await busyboxTar()
  const directory = mkdtempSync(join(tmpdir(), 'berth-hostile-'))
  try {
    const root = join(directory, 'root')
    mkdirSync(root)
    await must(['tar', '-C', root, '-xf', tar.path])
    await must(['sh', '-ec', script], { cwd: root })
    const archive = join(directory, 'root.tar')
    await must(['tar', '-C', root, '-cf', archive, '.'])
    const lines = ['CMD ["sh"]', ...changes].flatMap(change => ['--change', change])
    await must(['docker', '-H', daemon.host, 'import', ...lines, archive, name])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A directory of the host that no container may change. */
export function hostDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'berth-outside-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
