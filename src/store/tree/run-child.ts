import { constants, writeSync } from 'node:fs'
import { asFault, Fault } from '../../base/faults.ts'
import { TarParser } from '../../formats/tar/parser.ts'
import { openView } from '../../host/mounts/container-view.ts'
import { linkTarget } from '../../host/mounts/link-target.ts'
import { dieWithParent } from '../../host/processes/die-with-parent.ts'
import { byteText, plainText } from '../../host/syscalls/bytes.ts'
import { openDirectory, openInRoot, openName } from '../../host/syscalls/tree.ts'
import { Extractor } from '../unpack/extractor.ts'
import { unpackFault } from '../unpack/faults.ts'
import { Input } from '../unpack/input.ts'
import { changesOf } from './changes.ts'
import { copyUp } from './copy-up.ts'
import { treeFaults } from './faults.ts'
import { goMode, type PathStat, rfc3339 } from './path-stat.ts'
import type { TreeReport, TreeRequest } from './requests.ts'
import { type Found, find, findDirectory, pathFault, readTreePath } from './resolve.ts'
import { TarOutput, toDescriptor } from './tar-output.ts'
import { usageAt } from './usage.ts'
import { TreeWalk } from './walk.ts'

/** The whole life of the child: one request as JSON in its last argument; reports and tars on standard output, tars from standard input. */
export async function runTreeChild(argument: string): Promise<never> {
  dieWithParent()
  try {
    serve(JSON.parse(argument) as TreeRequest)
  } catch (failure) {
    const { kind, code, message, hint } = asFault(failure)
    report({ fault: { kind, code, message, ...(hint ? { hint } : {}) } })
    process.exit(1)
  }
  process.exit(0)
}

function report(line: TreeReport): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

function serve(request: TreeRequest): void {
  if (request.act === 'usage') report({ bytes: request.directories.map(usageAt) })
  else if (request.act === 'changes') report({ changes: changes(request.upper, request.lower, request.mountpoint) })
  else serveRoot(view(request), request)
}

type RootRequest = Extract<TreeRequest, { root: unknown }>

function serveRoot(root: number, request: RootRequest): void {
  if (request.act === 'export') exportAll(root)
  else if (request.act === 'extract') extract(root, request)
  else if (request.act === 'copy-up') {
    report({ copied: copyUp(root, byteText(request.path), openDirectory(byteText(request.target))) })
  } else look(root, request.path, request.act === 'read')
}

function look(root: number, path: string, andRead: boolean): void {
  const found = find(root, byteText(path))
  report({ stat: statOf(root, found, path) })
  if (andRead) read(root, found, path)
}

function view({ root, mountpoint }: RootRequest): number {
  try {
    return openView(root, mountpoint)
  } catch (failure) {
    if ('pid' in root && failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') {
      throw treeFaults.VANISHED({ cause: failure })
    }
    throw failure
  }
}

function changes(upper: string, lower: string[], mountpoint: string) {
  return changesOf(openDirectory(byteText(upper)), lower.length === 0 ? undefined : openView({ lower }, mountpoint))
}

function statOf(root: number, { status, path }: Found, asked: string): PathStat {
  const isLink = (status.mode & constants.S_IFMT) === constants.S_IFLNK
  return {
    name: nameOf(asked),
    size: status.size,
    mode: goMode(status.mode),
    mtime: rfc3339(status.modified),
    linkTarget: isLink ? plainText(linkTarget(root, path)) : '',
  }
}

const nameOf = (asked: string) => plainText(readTreePath(byteText(asked)).base || '/')

function read(root: number, found: Found, asked: string): void {
  const output = new TarOutput(toDescriptor(1))
  const walk = new TreeWalk(output)
  const name = byteText(nameOf(asked))
  if ((found.status.mode & constants.S_IFMT) === constants.S_IFDIR) {
    walk.readOpen(openName(found.fd, '.', constants.O_RDONLY | constants.O_DIRECTORY), name)
  } else {
    const { parent, base } = readTreePath(byteText(asked))
    walk.read(openInRoot(root, parent, constants.O_RDONLY | constants.O_DIRECTORY), base, name)
  }
  output.finish()
}

function exportAll(root: number): void {
  report({ done: true })
  const output = new TarOutput(toDescriptor(1))
  new TreeWalk(output).content(root, '')
  output.finish()
}

const UNLIMITED = { bytes: Number.MAX_SAFE_INTEGER, entries: Number.MAX_SAFE_INTEGER }
const READ_BYTES = 1024 * 1024

function extract(root: number, request: Extract<TreeRequest, { act: 'extract' }>): void {
  const directory = findDirectory(root, byteText(request.path))
  const extractor = new Extractor(directory, {
    as: 'copy',
    rootName: request.path,
    limits: UNLIMITED,
    ...request.options,
  })
  const parser = new TarParser(extractor)
  const input = new Input()
  const buffer = new Uint8Array(READ_BYTES)
  try {
    for (let length = input.fill(buffer); length > 0; length = input.fill(buffer))
      parser.push(buffer.subarray(0, length))
    parser.end()
    extractor.finish()
    report({ done: true })
  } catch (failure) {
    throw extractFault(failure, request.path)
  }
}

/** Docker has its own words for a read-only container. */
function extractFault(failure: unknown, path: string): unknown {
  const fault = unpackFault(failure, path)
  if (fault instanceof Fault && fault.code === 'UNPACK_READ_ONLY') return treeFaults.READ_ONLY({ cause: fault })
  return fault instanceof Fault ? fault : pathFault(fault, path)
}
