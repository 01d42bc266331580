import type { ArgInstruction } from '../../../formats/dockerfile/dockerfile.ts'
import { type Environment, expandWord } from '../../../formats/dockerfile/shell-word.ts'
import { formatPlatform, type Platform } from '../../../formats/platform/platform.ts'
import { atPlace } from './at-place.ts'

/** Given to every RUN if the client gives them, whether or not an ARG names them; in no history and no key of the cache. */
export const PROXY_ARGUMENTS = [
  'HTTP_PROXY',
  'http_proxy',
  'HTTPS_PROXY',
  'https_proxy',
  'FTP_PROXY',
  'ftp_proxy',
  'NO_PROXY',
  'no_proxy',
  'ALL_PROXY',
  'all_proxy',
]

/** What FROM may name: the platforms, and the ARGs before the first FROM. */
export function globalEnvironment(
  globalArgs: ArgInstruction[],
  given: Record<string, string>,
  build: Platform,
  target: Platform,
  targetStage: string,
): Map<string, string> {
  const environment = new Map<string, string>([
    ['BUILDPLATFORM', formatPlatform(build)],
    ['BUILDOS', build.os],
    ['BUILDOSVERSION', ''],
    ['BUILDARCH', build.architecture],
    ['BUILDVARIANT', build.variant ?? ''],
    ['TARGETPLATFORM', formatPlatform(target)],
    ['TARGETOS', target.os],
    ['TARGETOSVERSION', ''],
    ['TARGETARCH', target.architecture],
    ['TARGETVARIANT', target.variant ?? ''],
    ['TARGETSTAGE', targetStage],
  ])
  for (const name of environment.keys()) if (given[name] !== undefined) environment.set(name, given[name])
  for (const { args, span } of globalArgs) {
    for (const { key, value } of args) {
      const expanded = value === undefined ? environment.get(key) : atPlace(span, () => expandWord(value, environment))
      const found = given[key] ?? expanded
      if (found !== undefined) environment.set(key, found)
    }
  }
  return environment
}

/** The variables of a stage: those of ENV, which stay with the image, and those of ARG. Of one name, what was said last holds. */
export class StageVariables {
  readonly #given: Record<string, string>
  readonly #global: Environment
  readonly #all = new Map<string, string>()
  readonly #env = new Map<string, string>()
  readonly #declared = new Set<string>()

  /** `inherited`: of the stage that this one begins with. */
  constructor(given: Record<string, string>, global: Environment, env: readonly string[], inherited?: StageVariables) {
    this.#given = given
    this.#global = global
    for (const entry of env) this.#env.set(entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1))
    for (const [key, value] of inherited?.all ?? this.#env) this.#all.set(key, value)
  }

  get all(): Environment {
    return this.#all
  }

  get declared(): ReadonlySet<string> {
    return this.#declared
  }

  get env(): string[] {
    return [...this.#env].map(([key, value]) => `${key}=${value}`)
  }

  /** Arguments that were declared in this stage, for the history of RUN. */
  get used(): string[] {
    return [...this.#declared].map(key => `${key}=${this.#all.get(key) ?? ''}`)
  }

  /** What a RUN sees. */
  get ofRun(): string[] {
    const proxies = PROXY_ARGUMENTS.filter(name => this.#given[name] !== undefined && !this.#all.has(name))
    const entries = [...proxies.map(name => [name, this.#given[name]!] as const), ...this.#all]
    return entries.map(([key, value]) => `${key}=${value}`)
  }

  setEnv(key: string, value: string): void {
    this.#env.set(key, value)
    this.#all.set(key, value)
  }

  /** Without any value it leaves the variable as it is. */
  declare(key: string, value: string | undefined): void {
    this.#declared.add(key)
    const found = this.#given[key] ?? (value === undefined ? this.#global.get(key) : value)
    if (found !== undefined) this.#all.set(key, found)
  }

  expand(word: string, by: '\\' | '`'): string {
    return expandWord(word, this.#all, { escape: by })
  }

  /** Of a heredoc: quotes are characters like others. */
  expandContent(text: string, by: '\\' | '`'): string {
    return expandWord(text, this.#all, { escape: by, plainQuotes: true })
  }
}
