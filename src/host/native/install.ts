import { createHash } from 'node:crypto'
import { mkdir, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import healthProbe from '../../../dist/native/berth-health-probe' with { type: 'file' }
import monitor from '../../../dist/native/berth-monitor' with { type: 'file' }
import portProxy from '../../../dist/native/berth-port-proxy' with { type: 'file' }
import resolver from '../../../dist/native/berth-resolver' with { type: 'file' }

/** The C programs that Berth carries (scripts/build-native.sh), as paths that can be started. */
export type NativePrograms = { monitor: string; portProxy: string; healthProbe: string; resolver: string }

/**
 * Writes the programs to the directory as `<name>-<hash of its content>`, mode 0700. A program that is there already is
 * kept, so that monitors of an older Berth go on; each appears whole or not at all.
 */
export async function installNative(binDirectory: string): Promise<NativePrograms> {
  await mkdir(binDirectory, { recursive: true, mode: 0o700 })
  await removeLeftovers(binDirectory)
  return {
    monitor: await install(binDirectory, monitor),
    portProxy: await install(binDirectory, portProxy),
    healthProbe: await install(binDirectory, healthProbe),
    resolver: await install(binDirectory, resolver),
  }
}

async function install(directory: string, source: string): Promise<string> {
  const content = await Bun.file(source).bytes()
  const hash = createHash('sha256').update(content).digest('hex')
  const path = join(directory, `${programName(source)}-${hash.slice(0, 16)}`)
  if (await isWhole(path, content.length)) return path
  const unfinished = `${path}.${process.pid}.new`
  await writeFile(unfinished, content, { mode: 0o700, flush: true })
  await rename(unfinished, path)
  return path
}

/** The name without the hash that Bun puts behind it in a compiled binary. */
const programName = (source: string): string =>
  /berth-(?:monitor|port-proxy|health-probe|resolver)/.exec(basename(source))?.[0] ?? basename(source)

async function isWhole(path: string, size: number): Promise<boolean> {
  try {
    const found = await stat(path)
    return found.isFile() && found.size === size && (found.mode & 0o777) === 0o700
  } catch {
    return false
  }
}

async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) if (name.endsWith('.new')) await unlink(join(directory, name))
}
