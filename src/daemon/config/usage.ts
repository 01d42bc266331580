import type { Option } from './option.ts'
import { OPTIONS } from './options.table.ts'
import { flagOf, type Key } from './values.ts'

/** The help of `berth daemon`, made of the table. */
export function usage(): string {
  const rows = (Object.keys(OPTIONS) as Key[]).map(key => row(key, OPTIONS[key] as unknown as Option<unknown>))
  const width = Math.max(...rows.map(([name]) => name.length))
  return `Usage:  berth daemon [OPTIONS]
        berth daemon start|stop|status [OPTIONS]

Run the daemon here, or start, stop and look for one that runs by itself.

Options (in /etc/berth/daemon.json by the same names unless another is told):
${rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n')}
      --validate  Check the configuration and exit
`
}

function row(key: Key, { flag, help }: Option<unknown>): [string, string] {
  const short = flag.short ? `-${flag.short}, ` : '    '
  const label = flag.type.label && !flag.type.label.includes(' ') ? ` ${flag.type.label}` : ''
  const byDefault = (OPTIONS[key] as { default?: string | number }).default
  const notes = [
    byDefault === undefined ? '' : `default ${byDefault}`,
    flagOf(key) === key ? '' : `in the file: ${key}`,
  ]
  const told = notes.filter(Boolean).join('; ')
  return [`${short}--${flagOf(key)}${label}`, told ? `${help} (${told})` : help]
}
