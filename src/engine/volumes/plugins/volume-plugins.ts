import { SingleFlight } from '../../../base/locks.ts'
import { pluginFaults } from './faults.ts'
import { callPlugin } from './plugin-client.ts'
import { PluginDriver } from './plugin-driver.ts'
import { findPluginFiles, type PluginDirectories, type PluginFile } from './plugin-files.ts'

const ACTIVATE_MS = 5_000
/** One that did not wake up is not tried again for so long by those who only look around. */
const ASLEEP_MS = 30_000

type Awake = { file: string; driver: PluginDriver | undefined; at: number }

/**
 * The plugins that files on the machine name, woken when they are first needed. Each is asked apart from the others, so one
 * that hangs delays only who asks for it.
 */
export class VolumePlugins {
  readonly #directories: PluginDirectories
  readonly #awake = new Map<string, Awake>()
  readonly #waking = new SingleFlight<PluginDriver | undefined>()

  constructor(directories: PluginDirectories) {
    this.#directories = directories
  }

  /** Throws if there is none of this name, it does not answer, or it has no volumes. */
  async find(name: string): Promise<PluginDriver> {
    const file = (await findPluginFiles(this.#directories)).find(found => found.name === name)
    if (!file) throw pluginFaults.NOT_FOUND(name)
    const driver = this.#known(file) ?? (await this.#wake(file))
    if (!driver) throw pluginFaults.NO_DRIVER(name)
    return driver
  }

  /** Those that have volumes and answer. */
  async all(): Promise<PluginDriver[]> {
    const files = await findPluginFiles(this.#directories)
    const drivers = await Promise.all(files.map(file => this.#known(file) ?? this.#tryToWake(file)))
    return drivers.filter(driver => driver !== undefined)
  }

  /** Names of those that may have volumes; nobody is asked. */
  async names(): Promise<string[]> {
    const files = await findPluginFiles(this.#directories)
    const isOther = (file: PluginFile) => this.#awake.get(file.name)?.file === keyOf(file) && !this.#known(file)
    return files.filter(file => !isOther(file)).map(({ name }) => name)
  }

  #known(file: PluginFile): PluginDriver | undefined {
    const known = this.#awake.get(file.name)
    return known?.file === keyOf(file) ? known.driver : undefined
  }

  async #tryToWake(file: PluginFile): Promise<PluginDriver | undefined> {
    const known = this.#awake.get(file.name)
    if (known?.file === keyOf(file) && Date.now() < known.at + ASLEEP_MS) return undefined
    return await this.#wake(file).catch(() => {
      this.#awake.set(file.name, { file: keyOf(file), driver: undefined, at: Date.now() })
      return undefined
    })
  }

  #wake(file: PluginFile): Promise<PluginDriver | undefined> {
    return this.#waking.run(keyOf(file), async () => {
      const { Implements } = await callPlugin(file, 'Plugin.Activate', {}, ACTIVATE_MS)
      const driver =
        Array.isArray(Implements) && Implements.includes('VolumeDriver') ? new PluginDriver(file) : undefined
      this.#awake.set(file.name, { file: keyOf(file), driver, at: Date.now() })
      return driver
    })
  }
}

const keyOf = (file: PluginFile): string => JSON.stringify(file)
