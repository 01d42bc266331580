import type { Digest } from '../../formats/digest/digest.ts'
import type { OciImageConfig } from '../../formats/oci-image/config.ts'
import type { Platform } from '../../formats/platform/platform.ts'

/** An image that is whole: its config and every layer are here. */
export type Image = {
  /** The digest of the config's bytes. */
  id: Digest
  config: OciImageConfig
  /** Bottom layer first; the names of the unpacked layers (`Layers.lower`). */
  diffIds: Digest[]
  /** Bytes of all layers, unpacked. */
  size: number
  /** RFC 3339, or '' where the config gives no time. */
  created: string
  platform: Platform
  /** What it was pulled or loaded by; absent for an imported image. */
  manifest?: { digest: Digest; mediaType: string; size: number }
}

/** Who uses an image; injected, since containers stand above images. */
export type ImageUser = { containerId: string; running: boolean }
export type UsersOf = (imageId: string) => ImageUser[]
