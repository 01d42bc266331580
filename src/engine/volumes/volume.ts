export type Labels = Record<string, string>
/** `-o` of `volume create`: what they mean is the driver's. */
export type VolumeOptions = Record<string, string>

/** A volume that was made, or used, through this daemon. */
export type Volume = {
  name: string
  /** `local`, or the name of a plugin. */
  driver: string
  /** As given; null if none were. */
  options: VolumeOptions | null
  labels: Labels | null
  /** RFC 3339, UTC. */
  created: string
  /** Made for one container, without a name. */
  anonymous: boolean
}

/** As the Engine API shows it. Source: swagger.yaml, definition Volume. */
export type VolumeShown = {
  CreatedAt?: string
  Driver: string
  Labels: Labels | null
  Mountpoint: string
  Name: string
  Options: VolumeOptions | null
  Scope: 'local' | 'global'
  /** What a plugin tells of it. */
  Status?: Record<string, unknown>
}

export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous'
