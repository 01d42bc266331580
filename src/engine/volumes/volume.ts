/** A volume of the local driver. */
export type Volume = {
  name: string
  driver: 'local'
  labels: Record<string, string> | null
  /** RFC 3339, UTC. */
  created: string
  /** Made for one container, without a name. */
  anonymous: boolean
}

/** As the Engine API shows it. Source: swagger.yaml, definition Volume. */
export type VolumeShown = {
  CreatedAt: string
  Driver: string
  Labels: Record<string, string> | null
  Mountpoint: string
  Name: string
  Options: Record<string, string> | null
  Scope: 'local'
}

export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous'
