import type { Digest } from '../../formats/digest/digest.ts'
import type { AssembleRequest, Stamp } from '../copy/requests.ts'

/** What the daemon asks of the child. All paths are the host's. */
export type PackRequest =
  /** The writable directory is to be the unpacked layer: it is put in order and hashed. */
  | { pack: 'adopt'; upper: string; hasRun: boolean; stamp?: Stamp }
  | AssembleRequest
  /** The directory belongs to a container, which may go on writing: it is copied into the empty directory `root`. */
  | { pack: 'copy'; upper: string; root: string; limits: { bytes: number; entries: number } }
  /** The tar of an unpacked layer on standard output, without a report. */
  | { pack: 'tar'; upper: string }
  /** The tar of an unpacked layer, or the one in a file, compressed into a new file. */
  | { pack: 'gzip'; upper?: string; tar?: string; target: string }

/** `diffId` and `diffSize` are of the tar, `contentSize` is the bytes in files. */
export type Packed = { diffId: Digest; diffSize: number; contentSize: number }
export type Compressed = { diffId: Digest; digest: Digest; size: number }
