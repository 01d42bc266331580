/** The daemon's own log: one line an event, `time level message key=value …`, or JSON. Values are quoted, so that no input forges a line. */
export type Level = 'debug' | 'info' | 'warn' | 'error'
export type Fields = Record<string, unknown>
export type Logger = {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
}
export type LogSettings = { level: Level; format: 'text' | 'json'; write: (line: string) => void }

const RANK: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 }
const settings: LogSettings = { level: 'info', format: 'text', write: line => process.stderr.write(line) }

export function configureLog(change: Partial<LogSettings>): void {
  Object.assign(settings, change)
}

/** A logger that adds `part` (the noun it speaks for) to every line. */
export function logger(part: string): Logger {
  const at = (level: Level) => (message: string, fields?: Fields) => {
    if (RANK[level] >= RANK[settings.level]) settings.write(format(level, message, { part, ...fields }))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function format(level: Level, message: string, fields: Fields): string {
  const time = new Date().toISOString()
  if (settings.format === 'json') return `${JSON.stringify({ time, level, msg: message, ...flatten(fields) })}\n`
  const pairs = Object.entries(flatten(fields)).map(([key, value]) => ` ${key}=${quote(value)}`)
  return `time=${time} level=${level} msg=${JSON.stringify(message)}${pairs.join('')}\n`
}

function flatten(fields: Fields): Record<string, string | number | boolean> {
  const flat: Record<string, string | number | boolean> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue
    flat[key] = typeof value === 'number' || typeof value === 'boolean' ? value : text(value)
  }
  return flat
}

const text = (value: unknown): string =>
  value instanceof Error ? value.message : typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
const quote = (value: string | number | boolean): string =>
  typeof value === 'string' && !/^[\w./:@+-]+$/.test(value) ? JSON.stringify(value) : String(value)
