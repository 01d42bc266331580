import { posix } from 'node:path'
import { parseDuration } from '../../../base/durations.ts'
import type { HealthConfig } from '../../../formats/engine-api/common.ts'
import type { ImageDefaults } from '../../../formats/oci-image/config.ts'
import { parseExposed } from '../../../formats/ports/ports.ts'
import { imageFaults } from '../faults.ts'
import { jsonWords, splitWords } from './words.ts'

const SHELL = ['/bin/sh', '-c']

type Change = (config: ImageDefaults, rest: string) => void

/** `--change` of import and commit: a Dockerfile's instructions that touch nothing but the config. Throws imageFaults. */
export function applyChanges(config: ImageDefaults, changes: readonly string[]): ImageDefaults {
  const result = { ...config }
  for (const change of changes.flatMap(text => text.split('\n')).map(line => line.trim())) {
    if (change === '' || change.startsWith('#')) continue
    const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(change) ?? []
    const apply = Object.hasOwn(CHANGES, name.toUpperCase()) ? CHANGES[name.toUpperCase()] : undefined
    if (!apply) throw imageFaults.CHANGE(name.toUpperCase())
    if (rest === '') throw imageFaults.CHANGE_SYNTAX(name.toUpperCase(), 'requires at least one argument')
    apply(result, rest)
  }
  return result
}

const CHANGES: Record<string, Change | undefined> = {
  CMD: (config, rest) => {
    config.Cmd = command(rest)
  },
  ENTRYPOINT: (config, rest) => {
    config.Entrypoint = command(rest)
  },
  ENV: (config, rest) => {
    for (const [key, value] of pairs(rest, 'ENV')) {
      config.Env = [...(config.Env ?? []).filter(entry => !entry.startsWith(`${key}=`)), `${key}=${value}`]
    }
  },
  EXPOSE: (config, rest) => {
    config.ExposedPorts = { ...config.ExposedPorts, ...asSet(splitWords(rest, 'EXPOSE').flatMap(ports)) }
  },
  HEALTHCHECK: (config, rest) => {
    config.Healthcheck = healthcheck(rest)
  },
  LABEL: (config, rest) => {
    config.Labels = { ...config.Labels, ...Object.fromEntries(pairs(rest, 'LABEL')) }
  },
  ONBUILD: (config, rest) => {
    config.OnBuild = [...(config.OnBuild ?? []), rest]
  },
  STOPSIGNAL: (config, rest) => {
    config.StopSignal = only(rest, 'STOPSIGNAL')
  },
  USER: (config, rest) => {
    config.User = only(rest, 'USER')
  },
  VOLUME: (config, rest) => {
    config.Volumes = { ...config.Volumes, ...asSet(jsonWords(rest) ?? splitWords(rest, 'VOLUME')) }
  },
  WORKDIR: (config, rest) => {
    config.WorkingDir = posix.resolve(config.WorkingDir || '/', rest)
  },
}

const command = (rest: string): string[] => jsonWords(rest) ?? [...SHELL, rest]
const asSet = (names: string[]): Record<string, Record<string, never>> =>
  Object.fromEntries(names.map(name => [name, {}]))

function only(rest: string, instruction: string): string {
  const words = splitWords(rest, instruction)
  if (words.length !== 1) throw imageFaults.CHANGE_SYNTAX(instruction, 'requires exactly one argument')
  return words[0]!
}

/** `A=1 B="2 3"`, or the old form `A rest of the line`. */
function pairs(rest: string, instruction: string): [string, string][] {
  const words = splitWords(rest, instruction)
  if (!words[0]?.includes('=')) {
    const [, key = '', value = ''] = /^(\S+)\s+(.+)$/s.exec(rest) ?? []
    if (!key) throw imageFaults.CHANGE_SYNTAX(instruction, 'must have two arguments')
    return [[key, value]]
  }
  return words.map(word => pair(word, instruction))
}

function pair(word: string, instruction: string): [string, string] {
  const equals = word.indexOf('=')
  if (equals < 1) {
    throw imageFaults.CHANGE_SYNTAX(
      instruction,
      `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
    )
  }
  return [word.slice(0, equals), word.slice(equals + 1)]
}

function ports(word: string): string[] {
  try {
    return parseExposed(word)
  } catch (cause) {
    throw imageFaults.CHANGE_SYNTAX('EXPOSE', `invalid containerPort: ${word}`, { cause })
  }
}

const DURATIONS: Record<string, 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval' | undefined> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
}

function healthcheck(rest: string): HealthConfig {
  const result: HealthConfig = {}
  let left = rest
  for (;;) {
    const flag = /^--([a-z-]+)=(\S+)\s+/.exec(left)
    if (!flag) break
    left = left.slice(flag[0].length)
    healthFlag(result, flag[1]!, flag[2]!)
  }
  if (/^none$/i.test(left)) return { Test: ['NONE'] }
  const [, test] = /^cmd\s+(.+)$/is.exec(left) ?? []
  if (!test) throw imageFaults.CHANGE_SYNTAX('HEALTHCHECK', 'must be NONE or CMD followed by a command')
  const words = jsonWords(test)
  return { ...result, Test: words ? ['CMD', ...words] : ['CMD-SHELL', test] }
}

function healthFlag(result: HealthConfig, name: string, value: string): void {
  const field = Object.hasOwn(DURATIONS, name) ? DURATIONS[name] : undefined
  try {
    if (field) result[field] = parseDuration(value)
    else if (name === 'retries' && /^\d{1,9}$/.test(value)) result.Retries = Number(value)
    else throw new Error(`unknown flag: --${name}`)
  } catch (cause) {
    throw imageFaults.CHANGE_SYNTAX('HEALTHCHECK', (cause as Error).message, { cause })
  }
}
