import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { CommandFailure } from '../failures.ts'

export type DockerEndpoint = { Host?: string; SkipTLSVerify?: boolean }
/** What docker writes down of a context. Keys that we do not know stay. */
export type ContextMeta = {
  Name: string
  Metadata: Record<string, unknown> & { Description?: string }
  Endpoints: Record<string, DockerEndpoint>
}
/** Content of PEM files, by endpoint (`docker`) and name (`ca.pem`). */
export type TlsFiles = Record<string, Record<string, Uint8Array>>

export const DEFAULT_CONTEXT = 'default'

/**
 * docker's contexts, shared with the stock CLI: `contexts/meta/<sha256 of the name>/meta.json` and
 * `contexts/tls/<the same>/<endpoint>/{ca,cert,key}.pem` below the directory of its configuration.
 */
export class ContextStore {
  readonly #directory: string

  constructor(configDirectory: string) {
    this.#directory = `${configDirectory}/contexts`
  }

  metaDirectory(name: string): string {
    return `${this.#directory}/meta/${idOf(name)}`
  }

  tlsDirectory(name: string): string {
    return `${this.#directory}/tls/${idOf(name)}`
  }

  has(name: string): boolean {
    return existsSync(`${this.metaDirectory(name)}/meta.json`)
  }

  /** Sorted as docker sorts them: by name. A directory that holds no context is told by its fault. */
  list(): ContextMeta[] {
    const directories = namesIn(`${this.#directory}/meta`).map(id => `${this.#directory}/meta/${id}/meta.json`)
    return directories.filter(path => existsSync(path)).map(readMeta)
  }

  /** Throws where there is none. */
  read(name: string): ContextMeta {
    const path = `${this.metaDirectory(name)}/meta.json`
    if (existsSync(path)) return readMeta(path)
    throw new CommandFailure(
      `context ${JSON.stringify(name)}: context not found: open ${path}: no such file or directory`,
    )
  }

  /** Names of the PEM files by endpoint. */
  tlsNames(name: string): Record<string, string[]> {
    const directory = this.tlsDirectory(name)
    const endpoints = namesIn(directory).map(endpoint => [endpoint, namesIn(`${directory}/${endpoint}`)] as const)
    return Object.fromEntries(endpoints.filter(([, files]) => files.length > 0))
  }

  tls(name: string): TlsFiles {
    const read = (endpoint: string, file: string) => readFileSync(`${this.tlsDirectory(name)}/${endpoint}/${file}`)
    return Object.fromEntries(
      Object.entries(this.tlsNames(name)).map(([endpoint, files]) => [
        endpoint,
        Object.fromEntries(files.map(file => [file, read(endpoint, file)])),
      ]),
    )
  }

  /** The keys first: a context is there when its description is. */
  write(meta: ContextMeta, tls: TlsFiles): void {
    this.writeTls(meta.Name, tls)
    const directory = this.metaDirectory(meta.Name)
    mkdirSync(directory, { recursive: true, mode: 0o755 })
    writeWhole(`${directory}/meta.json`, JSON.stringify(meta), 0o644)
  }

  /** All that it has from now on. */
  writeTls(name: string, tls: TlsFiles): void {
    const directory = this.tlsDirectory(name)
    rmSync(directory, { recursive: true, force: true })
    for (const [endpoint, files] of Object.entries(tls)) {
      if (Object.keys(files).length === 0) continue
      mkdirSync(`${directory}/${endpoint}`, { recursive: true, mode: 0o700 })
      for (const [file, content] of Object.entries(files))
        writeWhole(`${directory}/${endpoint}/${file}`, content, 0o600)
    }
  }

  remove(name: string): void {
    rmSync(this.metaDirectory(name), { recursive: true, force: true })
    rmSync(this.tlsDirectory(name), { recursive: true, force: true })
  }
}

const idOf = (name: string): string => createHash('sha256').update(name).digest('hex')

function readMeta(path: string): ContextMeta {
  try {
    return metaOf(readFileSync(path, 'utf8'))
  } catch (failure) {
    throw new CommandFailure(`parsing ${path}: ${failure instanceof Error ? failure.message : failure}`, 1, failure)
  }
}

/** Throws where the text is no context. */
export function metaOf(text: string): ContextMeta {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Error('not an object')
  const { Name, Metadata, Endpoints } = parsed as Partial<ContextMeta>
  return { ...parsed, Name: String(Name ?? ''), Metadata: objectOf(Metadata), Endpoints: objectOf(Endpoints) }
}

const objectOf = <T extends object>(value: T | undefined): T =>
  (typeof value === 'object' && value !== null ? value : {}) as T

function writeWhole(path: string, content: string | Uint8Array, mode: number): void {
  const temporary = `${path}.tmp-${process.pid}`
  writeFileSync(temporary, content, { mode, flush: true })
  renameSync(temporary, path)
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).toSorted()
  } catch {
    return []
  }
}
