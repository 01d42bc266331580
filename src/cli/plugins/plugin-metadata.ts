import type { Settings } from '../settings.ts'
import { findPlugins } from './find-plugins.ts'
import { CALLER_VARIABLE, METADATA_WORD, type Plugin, type PluginMetadata } from './plugin.ts'

/** One that hangs does not keep a help page. */
const PATIENCE_MS = 5_000

/** Every plugin that is there, each asked what it is. */
export async function describePlugins(settings: Settings): Promise<Plugin[]> {
  const found = [...(await findPlugins(settings))]
  return await Promise.all(found.map(([name, path]) => describePlugin(settings, name, path)))
}

async function describePlugin(settings: Settings, name: string, path: string): Promise<Plugin> {
  try {
    return { name, path, metadata: checked(JSON.parse(await ask(settings, path))) }
  } catch (failure) {
    return { name, path, fault: failure instanceof Error ? failure.message : String(failure) }
  }
}

async function ask({ environment }: Settings, path: string): Promise<string> {
  const child = Bun.spawn([path, METADATA_WORD], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
    env: { ...environment, [CALLER_VARIABLE]: process.execPath },
    timeout: PATIENCE_MS,
  })
  const output = await new Response(child.stdout).text()
  const code = await child.exited
  if (code !== 0) throw new Error(`failed to fetch metadata: exit status ${code}`)
  return output
}

function checked(told: unknown): PluginMetadata {
  const { SchemaVersion, Vendor, ...more } = (told ?? {}) as Partial<PluginMetadata>
  if (SchemaVersion !== '0.1.0')
    throw new Error(`plugin SchemaVersion ${JSON.stringify(SchemaVersion ?? '')} is not valid, must be 0.1.0`)
  if (!Vendor) throw new Error('plugin metadata does not define a vendor')
  return { SchemaVersion, Vendor, ...more }
}
