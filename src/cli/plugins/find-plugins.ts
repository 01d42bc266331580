import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { configDirectory } from '../config/config-file.ts'
import type { Settings } from '../settings.ts'
import { PLUGIN_PREFIX } from './plugin.ts'

/** Where docker looks, after the user's own directories. */
const SYSTEM_DIRECTORIES = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
]
const NAME = /^[a-z][a-z0-9]*$/

/** The program of a plugin. The first directory that has one counts. */
export async function findPlugin(settings: Settings, name: string): Promise<string | undefined> {
  if (!NAME.test(name)) return undefined
  const paths = (await directories(settings)).map(directory => `${directory}/${PLUGIN_PREFIX}${name}`)
  return paths.find(isProgram)
}

/** All of them, by name. */
export async function findPlugins(settings: Settings): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const directory of await directories(settings)) {
    for (const file of filesIn(directory)) {
      const name = file.slice(PLUGIN_PREFIX.length)
      const path = `${directory}/${file}`
      if (NAME.test(name) && !found.has(name) && isProgram(path)) found.set(name, path)
    }
  }
  return new Map([...found].toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

async function directories(settings: Settings): Promise<string[]> {
  const { contents } = await settings.config()
  return [...(contents.cliPluginsExtraDirs ?? []), `${configDirectory(settings)}/cli-plugins`, ...SYSTEM_DIRECTORIES]
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter(file => file.startsWith(PLUGIN_PREFIX))
  } catch {
    return []
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
