import { newId } from '../../../base/ids.ts'
import type { ContainerConfig, HostConfig, Mount } from '../../../formats/engine-api/container.ts'
import { cleanPath, parseBind, parseVolumesFrom } from '../../../formats/mount-spec/bind.ts'
import { tmpfsOptions, tmpfsText } from '../../../formats/mount-spec/tmpfs.ts'
import { checkVolumeName } from '../../volumes/names.ts'
import type { WantedVolume } from '../../volumes/volumes.ts'
import type { ResolvedMount } from '../resolved-mount.ts'
import type { DaemonDefaults } from './daemon-defaults.ts'
import { createFaults } from './faults.ts'
import { attempt, checkBind, checkMount, checkTarget } from './mount-checks.ts'

export type { WantedVolume }
export type PlannedMounts = { mounts: ResolvedMount[]; volumes: WantedVolume[] }

/**
 * Everything that is mounted into a container besides the engine's own, one for each destination. Later sources win over
 * earlier ones: the image's and the container's anonymous volumes, --volumes-from, then -v, --mount and --tmpfs, which must
 * not meet each other. Nothing is created. Throws createFaults.
 */
export function planMounts(config: ContainerConfig, hostConfig: HostConfig, daemon: DaemonDefaults): PlannedMounts {
  const plan = new Plan(daemon)
  for (const [text, options] of Object.entries(hostConfig.Tmpfs ?? {})) plan.tmpfs(text, options)
  for (const text of hostConfig.VolumesFrom ?? []) plan.volumesFrom(text)
  for (const raw of hostConfig.Binds ?? []) plan.bind(raw, hostConfig.VolumeDriver ?? '')
  for (const mount of hostConfig.Mounts ?? []) plan.mount(mount)
  for (const path of Object.keys(config.Volumes ?? {})) plan.imageVolume(path)
  return plan.result()
}

class Plan {
  readonly #daemon: DaemonDefaults
  readonly #mounts = new Map<string, ResolvedMount>()
  /** Destinations that a person named; the others give way. */
  readonly #asked = new Set<string>()
  readonly #volumes = new Map<string, WantedVolume>()

  constructor(daemon: DaemonDefaults) {
    this.#daemon = daemon
  }

  result(): PlannedMounts {
    const mounts = [...this.#mounts.values()]
    return { mounts, volumes: mounts.flatMap(mount => this.#wanted(mount)) }
  }

  /** A volume mounted twice is asked for twice; only its first place can find it empty. */
  #wanted({ name, destination, noCopy, subpath }: ResolvedMount): WantedVolume[] {
    const volume = name === undefined ? undefined : this.#volumes.get(name)
    if (!volume) return name === undefined ? [] : [{ name, anonymous: false, labels: {} }]
    return [noCopy || subpath ? volume : { ...volume, copyFrom: destination }]
  }

  tmpfs(target: string, options: string): void {
    checkTarget(target)
    const destination = cleanPath(target)
    const read = attempt(() => tmpfsOptions(options))
    this.#ask({ ...plain('tmpfs', destination), readOnly: read.includes('ro'), tmpfsOptions: read })
  }

  volumesFrom(text: string): void {
    const { container, readOnly } = attempt(() => parseVolumesFrom(text))
    const other = this.#daemon.findContainer(container)
    if (!other) throw createFaults.NO_SUCH_CONTAINER(container)
    for (const mount of other.mounts.filter(({ type }) => type !== 'tmpfs')) {
      this.#give({ ...mount, anonymous: mount.anonymous, readOnly: mount.readOnly || readOnly, noCopy: true })
    }
  }

  bind(raw: string, driver: string): void {
    const spec = attempt(() => parseBind(raw))
    checkBind(raw, spec)
    const destination = cleanPath(spec.target)
    const { readOnly, propagation, noCopy } = spec.options
    if (spec.source.startsWith('/')) {
      const source = cleanPath(spec.source)
      const bind = { ...plain('bind', destination), source, propagation: propagation || 'rprivate' }
      this.#ask({ ...bind, readOnly, mode: spec.mode, createMountpoint: true })
      return
    }
    const volume = this.#volume(spec.source, { driver })
    this.#ask({ ...volume, destination, readOnly, mode: spec.mode || 'z', noCopy })
  }

  mount(mount: Mount): void {
    checkMount(mount)
    const destination = cleanPath(mount.Target)
    const readOnly = mount.ReadOnly ?? false
    if (mount.Type === 'tmpfs') this.#askTmpfs(mount, destination)
    else if (mount.Type === 'bind') this.#ask({ ...this.#bindOf(mount), destination, readOnly })
    else if (mount.Type === 'image') this.#ask(this.#imageOf(mount, destination))
    else this.#ask({ ...this.#volumeOf(mount), destination, readOnly })
  }

  /** VOLUME of the image or `-v /path`: nothing where something is already mounted. */
  imageVolume(path: string): void {
    const destination = cleanPath(path)
    checkTarget(destination)
    if (this.#mounts.has(destination)) return
    this.#mounts.set(destination, { ...this.#volume('', {}), destination, mode: '' })
  }

  #askTmpfs({ TmpfsOptions, ReadOnly = false }: Mount, destination: string): void {
    const options = attempt(() => tmpfsOptions(tmpfsText(TmpfsOptions ?? undefined, ReadOnly)))
    this.#ask({ ...plain('tmpfs', destination), readOnly: ReadOnly, tmpfsOptions: options })
  }

  #bindOf({ Source = '', BindOptions: asked }: Mount): ResolvedMount {
    const BindOptions = asked ?? {}
    return {
      ...plain('bind', ''),
      source: cleanPath(Source),
      propagation: BindOptions.Propagation || 'rprivate',
      nonRecursive: BindOptions.NonRecursive,
      readOnlyNonRecursive: BindOptions.ReadOnlyNonRecursive,
      readOnlyForceRecursive: BindOptions.ReadOnlyForceRecursive,
      createMountpoint: BindOptions.CreateMountpoint,
    }
  }

  /** Nothing is written to an image, whatever was asked for. */
  #imageOf({ Source = '', ImageOptions }: Mount, destination: string): ResolvedMount {
    const { id, diffIds } = this.#daemon.findImage(Source) ?? throwAbsent(Source)
    const image = { source: Source, imageId: id, diffIds, subpath: ImageOptions?.Subpath }
    return { ...plain('image', destination), ...image, readOnly: true }
  }

  #volumeOf({ Source = '', VolumeOptions: asked }: Mount): ResolvedMount {
    const VolumeOptions = asked ?? {}
    const { Name: driver = '', Options: options } = VolumeOptions.DriverConfig ?? {}
    const volume = this.#volume(Source, { driver, options: options ?? undefined, labels: VolumeOptions.Labels ?? {} })
    return { ...volume, mode: 'z', noCopy: VolumeOptions.NoCopy, subpath: VolumeOptions.Subpath }
  }

  /** Driver and source are those of the volume, which is looked up, or made, when the container holds it. */
  #volume(given: string, { labels = {}, ...asked }: Partial<WantedVolume>): ResolvedMount {
    const name = given || newId()
    const anonymous = given === ''
    checkVolumeName(name)
    if (!this.#volumes.has(name)) this.#volumes.set(name, { name, anonymous, labels, ...asked })
    const source = `${this.#daemon.volumeRoot}/${name}/_data`
    return { ...plain('volume', ''), source, name, driver: 'local', ...(anonymous && { anonymous }) }
  }

  #ask(mount: ResolvedMount): void {
    if (this.#asked.has(mount.destination)) throw createFaults.MOUNT_DUPLICATE(mount.destination)
    this.#asked.add(mount.destination)
    this.#give(mount)
  }

  #give(mount: ResolvedMount): void {
    this.#mounts.delete(mount.destination)
    this.#mounts.set(mount.destination, mount)
  }
}

function throwAbsent(image: string): never {
  throw createFaults.MOUNT_CONFIG('image', `No such image: ${image}`)
}

const plain = (type: ResolvedMount['type'], destination: string): ResolvedMount => ({
  type,
  source: '',
  destination,
  readOnly: false,
  mode: '',
  propagation: '',
})
