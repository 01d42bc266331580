import { isAddress } from '../../../formats/addresses/is-address.ts'

/** What docker's command line checks before it asks the daemon. Each throws with docker's words and returns the value to use. */
export function checkEnvironment(text: string): string {
  const at = text.indexOf('=')
  if (text === '' || at === 0) throw new Error(`invalid environment variable: ${text}`)
  if (at > 0) return text
  const value = process.env[text]
  return value === undefined ? text : `${text}=${value}`
}

export function checkLabel(text: string): string {
  const key = text.split('=', 1)[0]!.replace(/^[ \t]+/, '')
  if (key === '') throw new Error(`invalid label '${text}': empty name`)
  if (/[ \t]/.test(key)) throw new Error(`label '${key}' contains whitespaces`)
  return text
}

export function checkAttach(text: string): string {
  const stream = text.toLowerCase()
  if (['stdin', 'stdout', 'stderr'].includes(stream)) return stream
  throw new Error('valid streams are STDIN, STDOUT and STDERR')
}

export function checkAddress(text: string): string {
  const address = text.trim()
  if (!isAddress(address)) throw new Error(`IP address is not correctly formatted: ${text}`)
  return address
}

const DOMAIN =
  /^(:?(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))(:?\.(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])))*)\.?\s*$/

export function checkSearchDomain(text: string): string {
  const domain = text.replace(/^ +| +$/g, '')
  if (domain === '.') return domain
  const match = /[a-zA-Z]/.test(domain) ? DOMAIN.exec(domain) : null
  if (!match || match[1]!.length >= 255) throw new Error(`${domain} is not a valid domain`)
  return match[1]!
}

/** `name:ip`, `name=ip`, `name:[ip]`, `name:host-gateway`; the daemon gets `name:ip`. */
export function checkExtraHost(text: string): string {
  const match = /^([^=]*)=(.*)$/s.exec(text) ?? /^([^:]*):(.*)$/s.exec(text)
  const name = match?.[1] ?? ''
  if (!match || name === '' || name.includes(':')) throw new Error(`bad format for add-host: ${JSON.stringify(text)}`)
  const address = match[2]!.replace(/^\[(.+)\]$/, '$1')
  if (address !== 'host-gateway' && !isAddress(address.trim())) {
    throw new Error(`invalid IP address in add-host: ${JSON.stringify(address)}`)
  }
  return `${name}:${address}`
}

export function checkLink(text: string): string {
  const parts = text.split(':')
  if (text === '') throw new Error('empty string specified for links')
  if (parts.length > 2) throw new Error(`bad format for links: ${text}`)
  return text
}

export function checkDeviceRule(text: string): string {
  if (/^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text)) return text
  throw new Error(`invalid device cgroup format '${text}'`)
}

const SYSCTLS = 'msgmax msgmnb msgmni sem shmall shmmax shmmni shm_rmid_forced'.split(' ').map(name => `kernel.${name}`)

export function checkSysctl(text: string): void {
  const at = text.indexOf('=')
  const key = text.slice(0, at)
  if (at > 0 && (SYSCTLS.includes(key) || key.startsWith('net.') || key.startsWith('fs.mqueue.'))) return
  throw new Error(`sysctl '${text}' is not allowed`)
}
