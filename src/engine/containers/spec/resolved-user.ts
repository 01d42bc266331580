/** Who a process of a container is, as numbers. */
export type ResolvedUser = {
  uid: number
  gid: number
  /** Contains `gid`: a process that drops its groups must not get rid of one that denies it something [CVE-2022-36109]. */
  additionalGids: number[]
  /** HOME, unless the environment names one. */
  home: string
}
