import type { ConfigContents, ProxySettings } from '../config/config-file-shape.ts'

const NAMES: [keyof ProxySettings, string][] = [
  ['httpProxy', 'HTTP_PROXY'],
  ['httpsProxy', 'HTTPS_PROXY'],
  ['noProxy', 'NO_PROXY'],
  ['ftpProxy', 'FTP_PROXY'],
  ['allProxy', 'ALL_PROXY'],
]

/** Adds the proxies of config.json for this daemon, in upper and lower case, where the command line does not set them. */
export function withProxies(environment: string[], contents: ConfigContents, host: string): string[] {
  const proxies = contents.proxies?.[host] ?? contents.proxies?.['default']
  if (!proxies) return environment
  const isSet = (name: string) => environment.some(pair => pair === name || pair.startsWith(`${name}=`))
  const added = NAMES.flatMap(([key, name]) => {
    const value = proxies[key]
    return value ? [name, name.toLowerCase()].filter(one => !isSet(one)).map(one => `${one}=${value}`) : []
  })
  return [...environment, ...added]
}
