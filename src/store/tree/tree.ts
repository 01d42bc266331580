import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Fault, type FaultKind } from '../../base/faults.ts'
import type { RootSource } from '../../host/mounts/container-view.ts'
import { type Helper, startHelper } from '../../host/processes/helper.ts'
import { byteText } from '../../host/syscalls/bytes.ts'
import { spreadChildren } from '../../host/syscalls/directory-flags.ts'
import { decompressed } from '../archives/decompress.ts'
import type { ChangedPath } from './changes.ts'
import { treeFaults } from './faults.ts'
import type { PathStat } from './path-stat.ts'
import type { ExtractTreeOptions, TreeReport, TreeRequest } from './requests.ts'

export type { RootSource, ViewMount } from '../../host/mounts/container-view.ts'
export type { ChangedPath } from './changes.ts'
export type { PathStat } from './path-stat.ts'
export type { ExtractTreeOptions } from './requests.ts'

/**
 * Files of containers and images, read and written by a child process of our own that sees the container's root and its volumes
 * in a mount namespace of its own. Paths are resolved with that root as their root, by the kernel, so nothing that the
 * container swaps meanwhile leads outside. A stopped container must not be started meanwhile: the caller holds its lock. Faults: `treeFaults`,
 * those of tar and of unpacking.
 */
export class Trees {
  readonly #mountpoint: string

  constructor(dataRoot: string) {
    this.#mountpoint = join(dataRoot, 'tmp')
    mkdirSync(this.#mountpoint, { recursive: true, mode: 0o710 })
    for (const name of ['containers', 'volumes']) {
      mkdirSync(join(dataRoot, name), { recursive: true, mode: 0o710 })
      spreadChildren(byteText(join(dataRoot, name)))
    }
  }

  /** What is at a path, without following a link there. */
  async statPath(root: RootSource, path: string): Promise<PathStat> {
    return expectKey(await this.#ask({ act: 'stat', root, path }), 'stat')
  }

  /** What is at a path as a tar whose one top member is the path's last part. The body has to be read or returned. */
  async readTar(root: RootSource, path: string): Promise<{ stat: PathStat; body: AsyncIterable<Uint8Array> }> {
    const { report, body } = await this.#stream({ act: 'read', root, path })
    return { stat: expectKey(report, 'stat'), body }
  }

  /** Everything as a tar. */
  async exportTar(root: RootSource): Promise<AsyncIterable<Uint8Array>> {
    return (await this.#stream({ act: 'export', root })).body
  }

  /** Unpacks a tar, which may be compressed, into the directory at a path. What has been unpacked before a fault stays. */
  async extractTar(
    root: RootSource,
    path: string,
    body: AsyncIterable<Uint8Array>,
    options: ExtractTreeOptions = {},
  ): Promise<void> {
    expectKey(await this.#ask({ act: 'extract', root, path, options }, body), 'done')
  }

  /** Fills a new, empty volume with what the image has at `path`. False if it had nothing, or the volume was not empty. */
  async copyUp(root: RootSource, path: string, volumeDirectory: string): Promise<boolean> {
    return expectKey(await this.#ask({ act: 'copy-up', root, path, target: volumeDirectory }), 'copied')
  }

  /** Bytes in the files below a directory of the host; -1 if it cannot be read. */
  async usage(directory: string): Promise<number> {
    return (await this.usages([directory]))[0] ?? -1
  }

  /** The same of many, each by itself. */
  async usages(directories: readonly string[]): Promise<number[]> {
    const found: number[] = []
    for (let at = 0; at < directories.length; at += MOST_PATHS) {
      const some = directories.slice(at, at + MOST_PATHS)
      found.push(...expectKey(await this.#ask({ act: 'usage', directories: some }), 'bytes'))
    }
    return found
  }

  /** What the writable layer (`upper`) of a container has changed. */
  async changes(upper: string, lower: string[]): Promise<ChangedPath[]> {
    return expectKey(await this.#ask({ act: 'changes', upper, lower }), 'changes')
  }

  async #ask(request: Ask, body?: AsyncIterable<Uint8Array>): Promise<TreeReport> {
    const child = this.#start(request)
    try {
      const answer = firstLine(child)
      answer.catch(() => {})
      if (body) await feed(child, decompressed(body), answer)
      else await child.endInput()
      return checked(await answer)
    } finally {
      child.kill()
      await child.exited
    }
  }

  async #stream(request: Ask): Promise<{ report: TreeReport; body: AsyncIterable<Uint8Array> }> {
    const child = this.#start(request)
    try {
      await child.endInput()
      const chunks = (child.output as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      const { line, rest } = await splitFirstLine(child, chunks)
      return { report: checked(JSON.parse(line)), body: untilExit(child, rest, chunks) }
    } catch (failure) {
      child.kill()
      throw failure
    }
  }

  #start(request: Ask): Helper {
    return startHelper('__tree', { ...request, mountpoint: this.#mountpoint })
  }
}

/** execve(2) takes no argument of more than 128 KiB. */
const MOST_PATHS = 100

type WithoutMountpoint<T> = T extends unknown ? Omit<T, 'mountpoint'> : never
type Ask = WithoutMountpoint<TreeRequest>

async function firstLine(child: Helper): Promise<TreeReport> {
  for await (const line of child.lines) return JSON.parse(line) as TreeReport
  throw treeFaults.CHILD(`exit ${await child.exited}: ${await child.complaint()}`)
}

function checked(report: TreeReport): TreeReport {
  if (!('fault' in report)) return report
  const { kind, code, message, hint } = report.fault
  throw new Fault(kind as FaultKind, code, message, hint ? { hint } : {})
}

type Values<Key extends string> = TreeReport extends infer R ? (R extends Record<Key, infer V> ? V : never) : never

function expectKey<Key extends string>(report: TreeReport, key: Key): Values<Key> {
  if (key in report) return (report as Record<Key, Values<Key>>)[key]
  throw treeFaults.CHILD('an answer out of turn')
}

/** Feeds until the end, or until the child has answered: that may be a fault, or an archive that ended early. */
async function feed(child: Helper, body: AsyncIterable<Uint8Array>, answer: Promise<TreeReport>): Promise<void> {
  let answered = false
  const note = () => {
    answered = true
  }
  answer.then(note, note)
  for await (const chunk of body) {
    if (answered) return
    await Promise.race([child.write(chunk).catch(note), answer.then(note, note)])
  }
  await child.endInput()
}

async function splitFirstLine(
  child: Helper,
  chunks: AsyncIterator<Uint8Array>,
): Promise<{ line: string; rest: Uint8Array }> {
  let start: Uint8Array = new Uint8Array()
  for (;;) {
    const end = start.indexOf(0x0a)
    if (end !== -1) return { line: Buffer.from(start.subarray(0, end)).toString(), rest: start.subarray(end + 1) }
    const { value, done } = await chunks.next()
    if (done) throw treeFaults.CHILD(`exit ${await child.exited}: ${await child.complaint()}`)
    start = start.length === 0 ? value : Buffer.concat([start, value])
  }
}

/** The rest of the output; a child that fails midway makes the stream fail, not end. */
async function* untilExit(
  child: Helper,
  rest: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (rest.length > 0) yield rest
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    const code = await child.exited
    if (code !== 0) throw treeFaults.CHILD(`exit ${code}: ${await child.complaint()}`)
  } finally {
    child.kill()
  }
}
