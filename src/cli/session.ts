import type { Client } from '../client/client.ts'
import type { ConfigFile } from './config/config-file-shape.ts'
import { Output } from './output.ts'
import type { Environment, GlobalFlags, Settings } from './settings.ts'

/** What a command works with: the streams, the settings, and the daemon once it asks for it. */
export class Session implements Settings {
  readonly environment: Environment
  readonly globals: GlobalFlags
  readonly stdout: Output
  readonly stderr: Output
  #config: ConfigFile | undefined
  #client: Promise<Client> | undefined

  constructor(environment: Environment, globals: GlobalFlags) {
    this.environment = environment
    this.globals = globals
    this.stdout = new Output(1)
    this.stderr = new Output(2)
  }

  /** Colours belong on a terminal only, and not where NO_COLOR is set (no-color.org). */
  get hasColour(): boolean {
    return this.stdout.isTerminal && !this.environment['NO_COLOR'] && this.environment['TERM'] !== 'dumb'
  }

  async config(): Promise<ConfigFile> {
    if (!this.#config) {
      const { configDirectory, readConfigFile } = await import('./config/config-file.ts')
      this.#config = readConfigFile(configDirectory(this), message => this.stderr.line(message))
    }
    return this.#config
  }

  client(): Promise<Client> {
    this.#client ??= import('./config/connect.ts').then(({ connect }) => connect(this))
    return this.#client
  }

  print(text: string): void {
    this.stdout.line(text)
  }

  tell(text: string): void {
    this.stderr.line(text)
  }

  async flush(): Promise<void> {
    await this.stdout.flush()
    await this.stderr.flush()
  }
}
