import { MountSpecError } from './bind.ts'

const FLAGS = new Set(
  `async atime bind defaults dev diratime dirsync exec iversion mand noatime nodev nodiratime noexec
  noiversion nomand norelatime nostrictatime nosuid private rbind relatime remount ro rprivate rshared rslave runbindable
  rw shared slave strictatime suid sync unbindable`.split(/\s+/),
)
/** Would turn the tmpfs into something else. */
const NOT_OURS = new Set(['bind', 'rbind', 'remount'])
const VALUES = new Set(['mode', 'uid', 'gid', 'size', 'nr_inodes', 'nr_blocks', 'mpol'])
const OPPOSITES: Record<string, string> = { exec: 'noexec', suid: 'nosuid', dev: 'nodev', rw: 'ro', async: 'sync' }

/**
 * The options of a tmpfs by Docker's rules: `noexec,nosuid,nodev` and whatever is asked, where the later of two that
 * contradict each other wins. Throws {@link MountSpecError} `invalid tmpfs option "…"`.
 */
export function tmpfsOptions(text: string): string[] {
  const asked = text === '' ? [] : text.split(',')
  for (const option of asked) checkOption(option)
  return merge(['noexec', 'nosuid', 'nodev', ...asked])
}

function checkOption(option: string): void {
  const at = option.indexOf('=')
  const key = at < 0 ? option : option.slice(0, at)
  const isGood = at < 0 ? FLAGS.has(key) && !NOT_OURS.has(key) : VALUES.has(key) && isValue(key, option.slice(at + 1))
  if (!isGood)
    throw new MountSpecError(`invalid tmpfs option ${JSON.stringify(at < 0 || VALUES.has(key) ? option : key)}`)
}

function isValue(key: string, value: string): boolean {
  if (key === 'mode') return /^[0-7]{1,5}$/.test(value)
  if (key === 'uid' || key === 'gid') return /^\d{1,10}$/.test(value)
  if (key === 'mpol') return /^[\w:=,-]{1,64}$/.test(value)
  return /^\d{1,19}[kmgKMG]?$/.test(value) || (key === 'size' && /^\d{1,3}%$/.test(value))
}

/** The last word about one thing stays, at its own place. */
function merge(options: string[]): string[] {
  const last = new Map(options.map((option, index) => [subject(option), index]))
  return options.filter((option, index) => last.get(subject(option)) === index && option !== 'defaults')
}

function subject(option: string): string {
  const key = option.split('=', 1)[0]!
  if (/private$|shared$|slave$|unbindable$/.test(key)) return 'propagation'
  if (/^(no|strict|rel)?(rel|strict)?atime$/.test(key)) return 'atime'
  return Object.entries(OPPOSITES).find(([yes, no]) => yes === key || no === key)?.[0] ?? key
}

export type TmpfsFields = { SizeBytes?: number; Mode?: number; Options?: string[][] | null }

/** The TmpfsOptions of a Mount as the text that {@link tmpfsOptions} reads. Throws {@link MountSpecError}. */
export function tmpfsText(fields: TmpfsFields | undefined, readOnly: boolean): string {
  const options = (fields?.Options ?? []).map(option => flagOf(option))
  return [
    ...(readOnly ? ['ro'] : []),
    ...(fields?.Mode ? [`mode=${fields.Mode.toString(8)}`] : []),
    ...(fields?.SizeBytes ? [`size=${sizeText(fields.SizeBytes)}`] : []),
    ...options,
  ].join(',')
}

function flagOf(option: string[]): string {
  if (option.length < 1 || option.length > 2) throw new MountSpecError('invalid option array length')
  if (!['exec', 'noexec'].includes(option[0]!)) throw new MountSpecError(`invalid option: ${option[0]}`)
  return option.join('=')
}

function sizeText(bytes: number): string {
  const unit = [30, 20, 10].find(power => bytes % 2 ** power === 0)
  return unit === undefined ? `${bytes}` : `${bytes / 2 ** unit}${{ 30: 'g', 20: 'm', 10: 'k' }[unit]}`
}
