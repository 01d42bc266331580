export type Options = Readonly<Record<string, string>>

/** A kind of log. The local file is written for each of them but `none`; a remote one is sent what is in it. */
export type LogDriver = {
  name: string
  isRemote: boolean
  options: readonly string[]
  /** Docker has other words for each of them. */
  unknownOption: (option: string) => string
  /** Throws logFaults where a value cannot be. Also reads the machine: files of keys, sockets. */
  check: (options: Options) => void
}

export const EXTRA_OPTIONS = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'] as const

export const usualWords =
  (driver: string) =>
  (option: string): string =>
    `unknown log opt '${option}' for ${driver} log driver`
