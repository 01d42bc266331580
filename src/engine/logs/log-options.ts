/** What of a container's log is wanted, and how. */
export type LogOptions = {
  stdout: boolean
  stderr: boolean
  /** Go on with what is written until the container ends. */
  follow: boolean
  /** Unix nanoseconds, both included. */
  since?: bigint
  until?: bigint
  /** Entries counted from the end, over all files; undefined: everything. */
  tail?: number
  /** Each entry begins with its time, nine digits, and a space. */
  timestamps: boolean
  /** Each entry begins with its attributes (`key=value,…`) and a space. */
  details: boolean
  /** As a multiplexed stream; else the bytes alone (terminals). */
  framed: boolean
}
