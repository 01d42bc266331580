import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const BINFMT = '/proc/sys/fs/binfmt_misc'
/** What QEMU calls an architecture, where that is another name than Go's. */
const NAMES: Record<string, string> = { amd64: 'x86_64', arm64: 'aarch64', '386': 'i386', mips64le: 'mips64el' }

/**
 * Whether the kernel hands programs of this architecture (Go's name) to an emulator, opened beforehand (flag F): only then is it
 * found from within another root. Source: Documentation/admin-guide/binfmt-misc.rst.
 */
export function hasEmulator(architecture: string, directory = BINFMT): boolean {
  const name = NAMES[architecture] ?? architecture
  return entriesOf(directory).some(entry => {
    if (!entry.toLowerCase().endsWith(`-${name}`)) return false
    const text = readFileSync(join(directory, entry), 'latin1')
    return text.startsWith('enabled') && /^flags: .*F/m.test(text)
  })
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
