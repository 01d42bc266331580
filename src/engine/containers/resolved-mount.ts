/**
 * One mount of a container after create has checked and resolved it: what the OCI spec mounts and what `inspect` shows.
 * Plain JSON, stored with the container.
 */
export type ResolvedMount = {
  type: 'bind' | 'volume' | 'tmpfs' | 'image'
  /** The path on the host (bind: as given; volume: its `_data`; tmpfs: ''); of an image the name that it was asked for by. */
  source: string
  /** Absolute and clean path in the container. */
  destination: string
  /** The volume's name; type `volume` only. */
  name?: string
  driver?: string
  /** Made for this container alone (no name was given): removed by `rm -v` and by --rm. */
  anonymous?: boolean
  readOnly: boolean
  /** `Mode` of inspect: the options text of a bind (`ro,z`), '' for mounts of the Mounts field. */
  mode: string
  /** `rprivate`, `rslave`, …; '' for volumes and tmpfs. */
  propagation: string
  /** Volumes: the image's content is not copied in. */
  noCopy?: boolean
  /** Of a volume or an image: what is mounted of it. Relative; it does not lead out by its text, but may by links. */
  subpath?: string
  /** Type `image` only: what the name stood for at create, and its layers. */
  imageId?: string
  diffIds?: string[]
  nonRecursive?: boolean
  readOnlyNonRecursive?: boolean
  readOnlyForceRecursive?: boolean
  createMountpoint?: boolean
  /** tmpfs: mount options such as `size=64m`, `mode=1777`. */
  tmpfsOptions?: string[]
}
