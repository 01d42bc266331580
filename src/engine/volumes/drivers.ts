import type { VolumeDriver } from './driver.ts'
import type { LocalDriver } from './local/local-driver.ts'
import type { PluginVolume } from './plugins/plugin-driver.ts'
import type { VolumePlugins } from './plugins/volume-plugins.ts'

export type Found = PluginVolume & { driver: string }

/** `local` and the plugins, by the names that volumes know them by. */
export class VolumeDrivers {
  readonly local: LocalDriver
  readonly #plugins: VolumePlugins

  constructor(local: LocalDriver, plugins: VolumePlugins) {
    this.local = local
    this.#plugins = plugins
  }

  /** Throws if there is no such plugin, or it does not answer. '' is `local`. */
  async find(name: string): Promise<VolumeDriver> {
    return name === '' || name === 'local' ? this.local : await this.#plugins.find(name)
  }

  /** A volume that a plugin has and we have not made. A plugin that does not answer has none. */
  async search(volume: string): Promise<Found | undefined> {
    const plugins = await this.#plugins.all()
    const answers = await Promise.all(
      plugins.map(async plugin => {
        const found = await plugin.get(volume).catch(() => undefined)
        return found && { ...found, driver: plugin.name }
      }),
    )
    return answers.find(answer => answer !== undefined)
  }

  /** All volumes of all plugins; those of plugins that do not answer are missing, and a warning says so. */
  async list(): Promise<{ volumes: Found[]; warnings: string[] }> {
    const plugins = await this.#plugins.all()
    const warnings: string[] = []
    const lists = await Promise.all(
      plugins.map(async plugin => {
        try {
          return (await plugin.list()).map(volume => ({ ...volume, driver: plugin.name }))
        } catch (failure) {
          warnings.push(`list ${plugin.name}: ${(failure as Error).message}`)
          return []
        }
      }),
    )
    return { volumes: lists.flat(), warnings }
  }

  /** Names for `docker info`. */
  async names(): Promise<string[]> {
    return ['local', ...(await this.#plugins.names())]
  }
}
