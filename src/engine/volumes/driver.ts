import type { Volume, VolumeOptions } from './volume.ts'

/**
 * Whatever has the bytes of volumes: the daemon's own directories (`local`), or a plugin. Volumes calls it for one volume at
 * a time; calls for different volumes run beside each other. The life of a volume: create → (mount → unmount)* → remove.
 * Everything that a driver has begun when the daemon is killed is ended, undone or adopted by `recover` of the next one.
 */
export type VolumeDriver = {
  readonly name: string
  /** Nothing is left of one that fails. Safe to repeat. Throws volumeFaults. */
  create(name: string, options: VolumeOptions): Promise<void>
  /** `forget` is called once the volume can no longer be found; its bytes may go after that. */
  remove(volume: Volume, forget: () => void): Promise<void>
  /** Where it is on the host; '' while that is not known. */
  describe(volume: Volume): Promise<VolumeDescription>
  /**
   * Makes it usable for one user (a container, a copy), and tells where: the first one may mount it. `user` may come
   * again without harm.
   */
  mount(volume: Volume, user: string): Promise<string>
  /** The last one of its users may unmount it. */
  unmount(volume: Volume, user: string): Promise<void>
  /** A user that has had it mounted since before this daemon started. */
  adopt(volume: Volume, user: string): void
}

export type VolumeDescription = {
  mountpoint: string
  scope: 'local' | 'global'
  created?: string
  status?: Record<string, unknown>
}
