/**
 * Something that what is written down and what is there tell differently. Whatever is under way looks the same for a moment: who
 * looks for findings looks twice.
 */
export type Finding = {
  /** Docker's word where it has one: `container`, `layer`, `cgroup`, `mount` … */
  kind: string
  /** Which of them: an id, a path. */
  subject: string
  trouble: string
  /** For people: what `mend` does, or what they can do where there is none. */
  remedy: string
  /** Checks again what it stands on, and changes nothing if that is so no more. */
  mend?: () => Promise<void> | void
}
