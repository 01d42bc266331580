export type AuthEntry = {
  /** base64 of `user:password`. */
  auth?: string
  username?: string
  password?: string
  email?: string
  identitytoken?: string
  registrytoken?: string
}

/** docker's config.json: the keys that mean something here; the others are kept when it is written. */
export type ConfigContents = {
  auths?: Record<string, AuthEntry>
  HttpHeaders?: Record<string, string>
  psFormat?: string
  imagesFormat?: string
  volumesFormat?: string
  statsFormat?: string
  networksFormat?: string
  detachKeys?: string
  /** `label=…`, `until=…`: added to what `prune` is given. */
  pruneFilters?: string[]
  credsStore?: string
  credHelpers?: Record<string, string>
  proxies?: Record<string, ProxySettings>
  currentContext?: string
  /** Directories of plugins, before those of docker. */
  cliPluginsExtraDirs?: string[]
  /** Command → plugin; docker takes `builder` only. */
  aliases?: Record<string, string>
}
export type ProxySettings = {
  httpProxy?: string
  httpsProxy?: string
  noProxy?: string
  ftpProxy?: string
  allProxy?: string
}

export type ConfigFile = { directory: string; path: string; contents: ConfigContents }
