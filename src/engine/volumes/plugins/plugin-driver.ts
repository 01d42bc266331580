import type { VolumeDescription, VolumeDriver } from '../driver.ts'
import type { Volume, VolumeOptions } from '../volume.ts'
import { pluginFaults } from './faults.ts'
import { callPlugin } from './plugin-client.ts'
import type { PluginFile } from './plugin-files.ts'

/** A volume as its plugin tells of it. */
export type PluginVolume = { name: string; mountpoint: string; created?: string; status?: Record<string, unknown> }

/** Work that a plugin may take its time for. */
const LONG_MS = 120_000
/** Questions. */
const SHORT_MS = 5_000
/** A plugin that did not answer a question is not asked again for so long, so that every list does not wait for it. */
const SILENCE_MS = 30_000

/**
 * Volumes of a plugin. It counts the users of a volume itself: each mount and unmount is passed on, with the container as its id.
 * Source: docs.docker.com/engine/extend/plugins_volume.
 */
export class PluginDriver implements VolumeDriver {
  readonly name: string
  readonly #file: PluginFile
  #scope: 'local' | 'global' | undefined
  #silentUntil = 0

  constructor(file: PluginFile) {
    this.name = file.name
    this.#file = file
  }

  async create(name: string, options: VolumeOptions): Promise<void> {
    await this.#do('Create', { Name: name, Opts: options })
  }

  async remove({ name }: Volume, forget: () => void): Promise<void> {
    await this.#do('Remove', { Name: name })
    forget()
  }

  async describe({ name }: Volume): Promise<VolumeDescription> {
    const found = await this.get(name)
    const { mountpoint = '', created, status } = found ?? {}
    return { mountpoint, created, status, scope: await this.#getScope() }
  }

  async mount({ name }: Volume, user: string): Promise<string> {
    const { Mountpoint } = await this.#do('Mount', { Name: name, ID: user })
    if (typeof Mountpoint !== 'string' || !Mountpoint.startsWith('/') || Mountpoint.includes('\0')) {
      throw pluginFaults.ANSWER(this.name, 'VolumeDriver.Mount', 'no absolute path as Mountpoint')
    }
    return Mountpoint
  }

  async unmount({ name }: Volume, user: string): Promise<void> {
    await this.#do('Unmount', { Name: name, ID: user })
  }

  /** It knows its users. */
  adopt(): void {}

  /** undefined if it has none of this name. */
  async get(name: string): Promise<PluginVolume | undefined> {
    const answer = await this.#ask('Get', { Name: name })
    return volumeOf(answer['Volume'])
  }

  async list(): Promise<PluginVolume[]> {
    const { Volumes = [] } = await this.#ask('List', {})
    if (Volumes !== null && !Array.isArray(Volumes)) {
      throw pluginFaults.ANSWER(this.name, 'VolumeDriver.List', 'something else than a list')
    }
    return (Volumes ?? []).map(volumeOf).filter(volume => volume !== undefined)
  }

  /** Optional for a plugin: without it the volumes are of this machine alone. */
  async #getScope(): Promise<'local' | 'global'> {
    if (this.#scope) return this.#scope
    const { Capabilities } = await this.#ask('Capabilities', {}).catch(() => ({ Capabilities: undefined }))
    const scope = (Capabilities as { Scope?: unknown } | undefined)?.Scope
    this.#scope = String(scope).toLowerCase() === 'global' ? 'global' : 'local'
    return this.#scope
  }

  #do(method: string, body: unknown): Promise<Record<string, unknown>> {
    return callPlugin(this.#file, `VolumeDriver.${method}`, body, LONG_MS)
  }

  async #ask(method: string, body: unknown): Promise<Record<string, unknown>> {
    if (Date.now() < this.#silentUntil) {
      throw pluginFaults.SILENT(this.name, `VolumeDriver.${method}`, SHORT_MS / 1000)
    }
    try {
      return await callPlugin(this.#file, `VolumeDriver.${method}`, body, SHORT_MS)
    } catch (failure) {
      if ((failure as { code?: string }).code === 'VOLUME_PLUGIN_SILENT') this.#silentUntil = Date.now() + SILENCE_MS
      throw failure
    }
  }
}

function volumeOf(value: unknown): PluginVolume | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { Name, Mountpoint, CreatedAt, Status } = value as Record<string, unknown>
  if (typeof Name !== 'string' || Name === '') return undefined
  return {
    name: Name,
    mountpoint: typeof Mountpoint === 'string' ? Mountpoint : '',
    ...(typeof CreatedAt === 'string' && { created: CreatedAt }),
    ...(typeof Status === 'object' && Status !== null && { status: Status as Record<string, unknown> }),
  }
}
