import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * How to start this program again, with a hidden first argument (`__unpack`, `__tree`, …) behind it. Compiled: the binary;
 * in development, where the sources are there: Bun and src/main.ts.
 */
export function selfProgram(): string[] {
  const main = join(import.meta.dir, '../../main.ts')
  // Not the path: an upgrade replaces the file there while this daemon runs on, with helpers of its own version.
  return isCompiled() ? ['/proc/self/exe'] : [process.execPath, main]
}

/** `bun build --compile` puts the sources below a virtual root. */
export const isCompiled = (): boolean =>
  import.meta.dir.startsWith('/$bunfs/') || !existsSync(join(import.meta.dir, 'self.ts'))
