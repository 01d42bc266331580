import { posix } from 'node:path'
import { parseDockerignore } from '../../../formats/dockerignore/parse.ts'
import { decompressed } from '../../../store/archives/decompress.ts'
import type { ContextWriter } from '../../../store/context/context-index.ts'
import type { ContextCopy, Contexts } from '../../../store/context/contexts.ts'
import { matcherOf } from '../check-patterns.ts'
import type { BuildRequest, ContextSource, DirectoryFilter } from '../contract.ts'
import { buildFaults } from '../faults.ts'
import type { BuildNeeds } from '../needs.ts'
import type { CopyStep, RunStep } from '../plan/step.ts'
import type { Progress } from '../progress.ts'
import { archiveOrFile } from './archive-or-file.ts'
import { download } from './download.ts'
import { bringGit } from './git.ts'
import type { BaseImages } from './images.ts'
import type { OpenSource } from './open-source.ts'
import { textOf } from './text-of.ts'

/** The contexts of one build, each brought in once, when a step first needs it; given back when the build is over. */
export class BuildSources {
  readonly #needs: BuildNeeds
  readonly #contexts: Contexts
  readonly #request: BuildRequest
  readonly #progress: Progress
  readonly #images: BaseImages
  readonly #signal: AbortSignal
  readonly #open = new Map<string, Promise<OpenSource>>()
  readonly #held: Disposable[] = []
  /** What the steps read of each context. */
  readonly #wanted = new Map<string, Set<string>>()
  #ignored: string[] = []
  /** The context is a Dockerfile alone. */
  #isText = false

  constructor(needs: BuildNeeds, request: BuildRequest, progress: Progress, images: BaseImages, signal: AbortSignal) {
    this.#needs = needs
    this.#contexts = needs.contexts
    this.#request = request
    this.#progress = progress
    this.#images = images
    this.#signal = signal
  }

  /** The Dockerfile's text, and the patterns of what the context leaves out. */
  async definition(): Promise<{ name: string; text: string }> {
    const { name, text } = this.#request.dockerfile
    const plan = { name: `[internal] load build definition from ${name}`, inputs: [] }
    return await this.#progress.run(plan, async telling => {
      if (text !== undefined) return { name, text }
      const copy = await this.#definitionCopy(name)
      const found =
        textOf(copy, this.#isText ? 'Dockerfile' : name) ??
        (name === 'Dockerfile' ? textOf(copy, 'dockerfile') : undefined)
      if (found === undefined) throw buildFaults.NO_DOCKERFILE(name)
      telling.status('transferring dockerfile:', 'transferring', found.length, 0, true)
      this.#ignored = parseDockerignore(textOf(copy, `${name}.dockerignore`) ?? textOf(copy, '.dockerignore') ?? '')
      this.#dropIgnored(copy, name)
      return { name, text: found }
    })
  }

  /** Patterns of what the context leaves out; known once the definition is. */
  get ignored(): readonly string[] {
    return this.#ignored
  }

  /** Said before the context is opened: only what steps read is asked for. */
  want(name: string, paths: readonly string[]): void {
    const wanted = this.#wanted.get(name) ?? new Set()
    for (const path of paths) wanted.add(path)
    this.#wanted.set(name, wanted)
  }

  wantForStep(step: CopyStep | RunStep): void {
    if (step.kind === 'copy') {
      if (step.from.kind === 'context' && step.sources.length > 0) this.want(step.from.name, step.sources)
      return
    }
    for (const mount of step.mounts)
      if (mount.view?.kind === 'context') this.want(mount.view.name, [mount.source ?? '/'])
  }

  /** Brings in everything that steps read, while they still wait for each other. */
  begin(): void {
    for (const name of this.#wanted.keys()) this.open(name).catch(() => {})
  }

  open(name: string): Promise<OpenSource> {
    const known = this.#open.get(name)
    if (known) return known
    const opening = this.#openContext(name)
    this.#open.set(name, opening)
    return opening
  }

  /** A small context of files whose content stands in the Dockerfile. */
  async inline(files: readonly { path: string; data: string }[]): Promise<OpenSource> {
    const copy = this.#contexts.open('', 'inline')
    this.#held.push(copy)
    await copy.sync(async writer => {
      for (const { path, data } of files) {
        const bytes = Buffer.from(data)
        const file = writer.file(path, { mode: 0o644, size: bytes.length, modified: { seconds: 0, nanoseconds: 0 } })
        await file.write(bytes)
        await file.end()
      }
    }, this.#signal)
    return { kind: 'directory', copy }
  }

  hold(copy: Disposable): void {
    this.#held.push(copy)
  }

  release(): void {
    for (const copy of this.#held.splice(0)) copy[Symbol.dispose]()
  }

  /** A client that sends an archive leaves out what is to be left out, but for these two, which were needed until now. */
  #dropIgnored(copy: ContextCopy, name: string): void {
    const matcher = matcherOf('.dockerignore', this.#ignored)
    if (this.#request.contexts.context?.kind !== 'tar' || this.#request.contexts.dockerfile) return
    const clean = posix.join('/', name).slice(1)
    copy.drop([clean, '.dockerignore'].filter(path => matcher.matches(path)))
  }

  async #definitionCopy(name: string) {
    const source = this.#request.contexts.dockerfile
    if (source?.kind === 'client') {
      const include = [name, 'dockerfile', `${name}.dockerignore`, '.dockerignore']
      return await this.#sync('dockerfile', source.name, { include, followPaths: include })
    }
    const opened = await this.open(source ? 'dockerfile' : 'context')
    if (opened.kind !== 'directory') throw buildFaults.NO_DOCKERFILE(name)
    return opened.copy
  }

  async #openContext(name: string): Promise<OpenSource> {
    const source = this.#request.contexts[name]
    if (!source) throw buildFaults.NO_CONTEXT(name)
    if (source.kind === 'image' || source.kind === 'result')
      return { kind: 'layers', diffIds: (await this.#images.ofContext(source)).diffIds }
    const title = name === 'context' ? '[internal] load build context' : `[context ${name}] load from client`
    return await this.#progress.run({ name: title, inputs: [] }, async telling => {
      let bytes = 0
      const tell = (isDone: boolean) => telling.status('transferring context:', 'transferring', bytes, 0, isDone)
      const opened = await this.#bring(name, source, come => {
        bytes = come
        tell(false)
      })
      tell(true)
      return opened
    })
  }

  async #bring(name: string, source: ContextSource, report: (bytes: number) => void): Promise<OpenSource> {
    if (source.kind === 'client') {
      const wanted = this.#wanted.get(name)
      const followPaths = wanted && ![...wanted].some(path => /^\/?\.?\/?$/.test(path)) ? [...wanted] : undefined
      const filter = { ...(followPaths && { followPaths }), exclude: this.#ignored }
      return { kind: 'directory', copy: await this.#sync(name, source.name, filter, report) }
    }
    const copy = this.#contexts.open('', name)
    this.#held.push(copy)
    await this.#fill(copy, name, source, report)
    return { kind: 'directory', copy }
  }

  async #fill(copy: ContextCopy, name: string, source: ContextSource, report: (bytes: number) => void): Promise<void> {
    const signal = this.#signal
    if (source.kind === 'empty') await copy.sync(async () => {}, signal)
    else if (source.kind === 'tar' && !source.mayBeText)
      await copy.unpack(decompressed(counted(source.body, report)), signal)
    else if (source.kind === 'tar') await this.#takeArchiveOrFile(copy, name, source.body, report)
    else if (source.kind === 'git')
      await bringGit({ ...this.#needs, client: this.#request.client, signal }, source.url, copy)
    else if (source.kind === 'http') {
      const { chunks, name: file } = await download(source.url, this.#needs.registries(), signal)
      await this.#takeArchiveOrFile(copy, name, chunks, report, file)
    } else throw buildFaults.UNSUPPORTED(`a build context of kind ${source.kind}`)
  }

  /** One text alone in the place of the main context is the Dockerfile, whatever its name. */
  async #takeArchiveOrFile(
    copy: ContextCopy,
    name: string,
    body: AsyncIterable<Uint8Array>,
    report: (bytes: number) => void,
    file = 'Dockerfile',
  ): Promise<void> {
    const { isArchive, chunks } = await archiveOrFile(counted(body, report))
    if (isArchive) await copy.unpack(chunks, this.#signal)
    else {
      const isDefinition = name === 'context' || name === 'dockerfile'
      if (isDefinition) this.#isText = true
      await copy.sync(writer => writeFile(writer, isDefinition ? 'Dockerfile' : file, chunks), this.#signal)
    }
  }

  async #sync(
    name: string,
    directoryName: string,
    filter: DirectoryFilter,
    report: (bytes: number) => void = () => {},
  ) {
    const directory = this.#request.client.directory(directoryName)
    if (!directory) throw buildFaults.NO_CONTEXT(directoryName)
    const key = directory.sharedKey && `${directory.sharedKey} ${name} ${directoryName}`
    const copy = this.#contexts.open(key, name)
    this.#held.push(copy)
    await copy.sync(writer => directory.sync(writer, filter, this.#signal, report), this.#signal)
    return copy
  }
}

async function writeFile(writer: ContextWriter, name: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = writer.file(name, { mode: 0o644, size: 0, modified: { seconds: 0, nanoseconds: 0 } })
  for await (const chunk of chunks) await file.write(chunk)
  await file.end()
}

async function* counted(body: AsyncIterable<Uint8Array>, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    report(bytes)
    yield chunk
  }
}
