import { posix } from 'node:path'
import { byteText } from '../../base/byte-text.ts'
import { formatBytes } from '../../base/units.ts'
import { getArchive, type PathStat, putArchive, statPath } from '../../client/containers.ts'
import { bool } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import type { Session } from '../session.ts'
import { readInput } from '../terminal.ts'
import { packPath } from './cp/pack.ts'
import {
  absolutePath,
  type CopyEnd,
  checkOutputPath,
  localDestination,
  localSource,
  planCopy,
  rebaseNameOf,
  splitOperand,
  splitPath,
} from './cp/paths.ts'
import { unpackInto } from './cp/unpack.ts'

/** Bits of Go's os.FileMode. */
const DIRECTORY = 2 ** 31
const SYMLINK = 2 ** 27
const DEVICE = 2 ** 26
const IRREGULAR = [2 ** 25, 2 ** 24, 2 ** 19]
const has = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1

export const command = defineCommand({
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-',
  otherUsage: ['cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH'],
  long: `Copy files/folders between a container and the local filesystem

Use '-' as the source to read a tar archive from stdin
and extract it to a directory destination in a container.
Use '-' as the destination to stream a tar archive of a
container source to stdout.`,
  flags: {
    archive: bool('Archive mode (copy all uid/gid information)', { short: 'a' }),
    'follow-link': bool('Always follow symbol link in SRC_PATH', { short: 'L' }),
    quiet: bool(
      'Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached',
      { short: 'q' },
    ),
  },
  operands: exactly(2),
  complete: 'containers',
  async run({ flags, given, operands: [source = '', destination = ''], session }) {
    if (source === '') throw new CommandFailure('source can not be empty')
    if (destination === '') throw new CommandFailure('destination can not be empty')
    const [from, to] = [splitOperand(source), splitOperand(destination)]
    if (from.container && to.container) throw new CommandFailure('copying between containers is not supported')
    if (!from.container && !to.container) throw new CommandFailure('must specify at least one container source')
    const copy: Copy = {
      session,
      container: from.container || to.container,
      source: from.path,
      destination: to.path,
      followLink: flags['follow-link'],
      keepsOwners: flags.archive,
      quiet: given('quiet') ? flags.quiet : !session.stdout.isTerminal,
    }
    return from.container ? copyOut(copy) : copyIn(copy)
  },
})

type Copy = {
  session: Session
  container: string
  source: string
  destination: string
  followLink: boolean
  keepsOwners: boolean
  quiet: boolean
}

async function copyOut(copy: Copy): Promise<number> {
  const { session, container } = copy
  const client = await session.client()
  const toStream = copy.destination === '-'
  const destination = toStream ? '-' : absolutePath(copy.destination)
  if (!toStream) checkOutputPath(destination)
  const { path, rebaseName } = copy.followLink ? await followed(copy) : { path: copy.source, rebaseName: '' }
  const { response, stat } = await getArchive(client, container, path)
  const progress = new Progress(session, copy.quiet || toStream)
  if (toStream) {
    for await (const bytes of response.body) {
      session.stdout.write(bytes)
      await session.stdout.flush()
    }
    return 0
  }
  const source: CopyEnd = { path, exists: true, isDirectory: has(stat.mode, DIRECTORY), rebaseName }
  const plan = planCopy(source, localDestination(destination))
  const names = [rebaseName ? { from: splitPath(path).base, to: rebaseName } : undefined, plan.rename]
  const rename = (name: string) => names.reduce((before, step) => (step ? renamed(before, step) : before), name)
  await unpackInto(plan.directory, progress.counted(response.body), rename)
  progress.done(destination)
  return 0
}

/** `from` is the last name of what is copied; for the root it is nothing, so that the slash stays. */
function renamed(name: string, { from, to }: { from: string; to: string }): string {
  return name.replace(from === '/' ? '' : byteText(from), () => byteText(to))
}

/** Where the source is a link, the thing it points to, which keeps the name of the link. */
async function followed({ session, container, source }: Copy): Promise<{ path: string; rebaseName: string }> {
  const stat = await statOrNothing(session, container, source)
  if (!stat || !has(stat.mode, SYMLINK)) return { path: source, rebaseName: '' }
  return rebaseNameOf(source, linkTarget(source, stat))
}

const linkTarget = (path: string, { linkTarget }: PathStat): string =>
  linkTarget.startsWith('/') ? linkTarget : posix.join(splitPath(path).directory, linkTarget)

async function statOrNothing(session: Session, container: string, path: string): Promise<PathStat | undefined> {
  const client = await session.client()
  return await statPath(client, container, path).catch(() => undefined)
}

async function copyIn(copy: Copy): Promise<number> {
  const { session, container } = copy
  const destination = await containerDestination(copy)
  const progress = new Progress(session, copy.quiet || copy.source === '-')
  const { directory, tar } = copy.source === '-' ? fromInput(copy, destination) : fromPath(copy, destination)
  await putArchive(await session.client(), container, directory, progress.counted(tar), {
    noOverwriteDirNonDir: 'true',
    copyUIDGID: copy.keepsOwners ? 'true' : undefined,
  })
  progress.done(`${container}:${destination.path}`)
  return 0
}

type Upload = { directory: string; tar: AsyncIterable<Uint8Array> }

function fromInput({ container, destination: given }: Copy, destination: CopyEnd): Upload {
  if (!destination.isDirectory) throw new CommandFailure(`destination "${container}:${given}" must be a directory`)
  return { directory: destination.path, tar: readInput() }
}

function fromPath(copy: Copy, destination: CopyEnd): Upload {
  const source = localSource(absolutePath(copy.source), copy.followLink)
  const { directory, rename } = planCopy(source, destination)
  const name = rename?.to ?? (source.rebaseName || splitPath(source.path).base)
  return { directory, tar: packPath(source.path, name === '/' ? '.' : name) }
}

async function containerDestination({ session, container, destination }: Copy): Promise<CopyEnd> {
  let path = destination
  let stat = await statOrNothing(session, container, path)
  if (stat && has(stat.mode, SYMLINK)) {
    path = linkTarget(path, stat)
    stat = await statOrNothing(session, container, path)
  }
  const mode = stat?.mode ?? 0
  const what = has(mode, DEVICE) ? 'got a device' : IRREGULAR.some(bit => has(mode, bit)) ? 'got an irregular file' : ''
  if (what) {
    throw new CommandFailure(`destination "${container}:${destination}" must be a directory or a regular file: ${what}`)
  }
  return { path, exists: stat !== undefined, isDirectory: has(mode, DIRECTORY), rebaseName: '' }
}

/** Tells on stderr how much has been copied, when it is done. */
class Progress {
  readonly #session: Session
  readonly #quiet: boolean
  #bytes = 0

  constructor(session: Session, quiet: boolean) {
    this.#session = session
    this.#quiet = quiet
  }

  async *counted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const bytes of source) {
      this.#bytes += bytes.length
      yield bytes
    }
  }

  done(destination: string): void {
    if (!this.#quiet) this.#session.tell(`Successfully copied ${formatBytes(this.#bytes)} to ${destination}`)
  }
}
