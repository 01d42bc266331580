/** What this program is; given by the daemon, which knows its package and how it was built. */
export type BuildFacts = {
  version: string
  /** '' where it runs from source. */
  commit: string
  /** RFC 3339; '' where it runs from source. */
  builtAt: string
  apiVersion: string
  minApiVersion: string
}
