import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { CommandFailure } from '../failures.ts'
import type { Environment } from '../settings.ts'
import { csvPairs } from './csv-pairs.ts'

/** By id, how the secret is read when the build asks for it. */
export type Secrets = ReadonlyMap<string, () => Promise<Uint8Array>>

const MOST_BYTES = 500 * 1024

/** `id=token,src=./token`, `id=token,env=TOKEN`, `id=TOKEN`. A file that is not there is told before anything is built. */
export function parseSecrets(texts: readonly string[], environment: Environment): Secrets {
  return new Map(texts.map(text => parseSecret(text, environment)))
}

function parseSecret(text: string, environment: Environment): [string, () => Promise<Uint8Array>] {
  const fields = new Map<string, string>()
  for (const [name, value] of csvPairs(text) ?? []) {
    if (!FIELDS.has(name)) throw new CommandFailure(`ERROR: unexpected key '${name}' in '${name}=${value}'`)
    fields.set(name === 'source' ? 'src' : name, value)
  }
  const id = fields.get('id')
  if (!id) throw new CommandFailure(`ERROR: secret is missing "id": ${text.split('=', 1)[0] ?? ''}`)
  const type = fields.get('type') ?? ''
  if (!['', 'file', 'env'].includes(type)) throw new CommandFailure(`ERROR: unsupported secret type "${type}"`)
  const name = type === 'env' ? (fields.get('env') ?? fields.get('src')) : fields.get('env')
  if (name !== undefined) return [id, fromEnvironment(name, environment)]
  const isInEnvironment = environment[id] !== undefined && fields.get('src') === undefined && type !== 'file'
  return [id, isInEnvironment ? fromEnvironment(id, environment) : fromFile(fields.get('src') ?? id)]
}
const FIELDS = new Set(['type', 'id', 'src', 'source', 'env'])

const fromEnvironment = (name: string, environment: Environment) => async () => Buffer.from(environment[name] ?? '')

function fromFile(path: string): () => Promise<Uint8Array> {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new CommandFailure(`ERROR: failed to stat ${path}: stat ${path}: no such file or directory`)
  if (stats.size > MOST_BYTES) {
    throw new CommandFailure(`ERROR: secret ${path} too big. max size ${MOST_BYTES / 1024}KB`)
  }
  return () => readFile(path)
}
