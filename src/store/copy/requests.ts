/** Where something is copied from: unpacked layers (topmost first) seen as one, or a directory of ours. */
export type CopyView = { lower: string[] } | { directory: string }
export type Owner = { uid: number; gid: number }

/** A change of permissions: all bits, or the parts of a symbolic one (`u=rwX,go=rX`) in their order. */
export type ModeChange = { bits: number } | { clauses: ModeClause[] }
export type ModeClause = {
  who: number
  operation: '+' | '-' | '='
  permissions: number /** `X`: only for directories and what is executable already. */
  ifExecutable: boolean
}

/** What a COPY or ADD selects. Paths are ordinary text, relative to the root of the view, with wildcards. */
export type Selection = {
  sources: string[]
  exclude: string[]
  /** `--parents`: the path of each source is kept, from its `/./` on. */
  parents: boolean
}

export type CopyAction =
  | ({
      act: 'copy'
      from: CopyView
      /** Absolute and clean but for a slash at its end, which makes it a directory. */
      destination: string
      unpack: 'never' | 'archives'
      owner?: Owner
      mode?: ModeChange
      /** Seconds: what everything copied gets; absent: each keeps its own. */
      time?: number
    } & Selection)
  | { act: 'directory'; path: string; owner?: Owner; mode: number }

/** Files are put into the empty directory `root`, over what `lower` shows (topmost first), and become a layer. */
export type AssembleRequest = {
  pack: 'assemble'
  root: string
  /** Absent: the layer stands by itself, and everything below it is taken as it is. */
  over?: { lower: string[]; work: string }
  mountpoint: string
  actions: CopyAction[]
  stamp: Stamp
}

/** What the clock has stamped from `since` on gets the time `to`. Seconds. */
export type Stamp = { since: number; to: number }
