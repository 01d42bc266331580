import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { CommandFailure } from '../failures.ts'
import { hasInputTerminal, readInput } from '../terminal.ts'
import { archiveOrText } from './archive-or-text.ts'
import type { BuildOptions } from './build-options.ts'

/** What of this machine a build may see, and what the builder has to be told of it. */
export type Contexts = {
  attributes: Record<string, string>
  /** Directories by the name that the builder asks for. */
  directories: Map<string, string>
  uploads: Map<string, AsyncIterable<Uint8Array>>
  /** Of the build: the name of its directory. */
  name: string
  /** The same for this directory at another time. */
  sharedKey: string
} & Disposable

/** Where standard input is served to the builder: a name that means something on a session only. */
const UPLOADS = 'http://buildkit-session/'

/** Everything that is given as a path is checked before a connection is opened. */
export async function openContexts(options: BuildOptions): Promise<Contexts> {
  const temporary: string[] = []
  const contexts: Contexts = {
    attributes: {},
    directories: new Map(),
    uploads: new Map(),
    name: '',
    sharedKey: '',
    [Symbol.dispose]: () => {
      for (const path of temporary) rmSync(path, { recursive: true, force: true })
    },
  }
  const empty = () => {
    const path = mkdtempSync(join(tmpdir(), 'berth-build-'))
    temporary.push(path)
    return path
  }
  const keep = (text: string) => {
    const path = empty()
    writeFileSync(join(path, 'Dockerfile'), text)
    return path
  }
  let { dockerfileText } = options
  if (options.context === '-') dockerfileText ??= await fromInput(contexts, options, empty)
  else if (isUrl(options.context)) contexts.attributes['context'] = options.context
  else fromDirectory(contexts, options)
  if (dockerfileText !== undefined) aside(contexts, keep(dockerfileText), 'Dockerfile')
  for (const [name, value] of Object.entries(options.contexts)) addNamed(contexts, name, value)
  return contexts
}

export const isUrl = (text: string): boolean =>
  /^(https?|git|ssh):\/\//.test(text) || /^(github\.com\/|git@)/.test(text) || /^[\w.-]+@[\w.-]+:.+\.git/.test(text)

/** An archive is the context; a text is a Dockerfile without one, and is returned. */
async function fromInput(
  contexts: Contexts,
  { dockerfile }: BuildOptions,
  empty: () => string,
): Promise<string | undefined> {
  if (hasInputTerminal()) {
    throw new CommandFailure('ERROR: the build context is to come from standard input, which is a terminal')
  }
  if (dockerfile === '-') {
    throw new CommandFailure("ERROR: invalid argument: can't use stdin for both build context and dockerfile")
  }
  contexts.name = '-'
  const input = await archiveOrText(readInput())
  if ('text' in input) {
    contexts.directories.set('context', empty())
    return input.text
  }
  contexts.attributes['context'] = upload(contexts, input.archive)
  if (dockerfile !== '') contexts.attributes['filename'] = dockerfile
  return undefined
}

function upload(contexts: Contexts, body: AsyncIterable<Uint8Array>): string {
  const id = randomUUID()
  contexts.uploads.set(id, body)
  return `${UPLOADS}${id}`
}

function fromDirectory(contexts: Contexts, { context, dockerfile, dockerfileText }: BuildOptions): void {
  const root = resolve(context)
  const stats = statSync(root, { throwIfNoEntry: false })
  if (!stats) throw new CommandFailure(`ERROR: unable to prepare context: path ${JSON.stringify(context)} not found`)
  if (!stats.isDirectory())
    throw new CommandFailure(`ERROR: unable to prepare context: ${JSON.stringify(context)} is no directory`)
  contexts.name = basename(root)
  contexts.sharedKey = `${contexts.name}:${createHash('sha256').update(`${hostname()}\0${root}`).digest('hex').slice(0, 16)}`
  contexts.directories.set('context', root)
  if (dockerfileText !== undefined) return
  const file = dockerfile === '' ? join(root, 'Dockerfile') : resolve(dockerfile)
  aside(contexts, dirname(file), basename(file))
}

/** The Dockerfile has a directory of its own, which may be the context's. */
function aside(contexts: Contexts, directory: string, filename: string): void {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandFailure(`ERROR: unable to prepare context: path ${JSON.stringify(directory)} not found`)
  }
  contexts.directories.set('dockerfile', directory)
  contexts.attributes['dockerfilekey'] = 'dockerfile'
  contexts.attributes['filename'] = filename
}

function addNamed(contexts: Contexts, name: string, value: string): void {
  const key = `context:${name}`
  if (isUrl(value) || /^(docker-image|oci-layout|target|input):/.test(value)) {
    contexts.attributes[key] = value
    return
  }
  const path = resolve(value)
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandFailure(`ERROR: failed to get build context ${name}: stat ${value}: no such file or directory`)
  }
  contexts.directories.set(name, path)
  contexts.attributes[key] = `local:${name}`
}
