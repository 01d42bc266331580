import { readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { asFault } from '../../base/faults.ts'
import { dieWithParent } from '../../host/processes/die-with-parent.ts'
import { byteText } from '../../host/syscalls/bytes.ts'
import { close, openDirectory, syncFileSystem } from '../../host/syscalls/tree.ts'
import { compressLayer } from '../pack/compress-layer.ts'
import { adoptUpper, assembleLayer, copyUpper, writeTar } from '../pack/pack-upper.ts'
import type { Compressed, PackRequest } from '../pack/requests.ts'
import { splitPath } from './names.ts'
import { removeTree } from './remove-tree.ts'
import { type Unpacked, type UnpackRequest, unpackLayer } from './unpack-layer.ts'

/**
 * What the child can be asked for: to unpack or to pack a layer, to remove trees, to wait for the disk, or to wait for such a request
 * on its standard input. Absolute paths of the host.
 */
export type ChildRequest = UnpackRequest | PackRequest | { remove: string[] } | { sync: string } | { wait: true }

/** One line of the child's standard output. `synced` follows `done` when all of it has reached the disk. */
export type UnpackReport<Done = Unpacked> =
  | { done: Done }
  | { fault: { kind: string; code: string; message: string; hint?: string } }
  | { synced: true }

/** The whole life of the child: one request as JSON in its last argument, reports on standard output. */
export async function runUnpackChild(argument: string): Promise<never> {
  dieWithParent()
  try {
    await serve(JSON.parse(argument) as ChildRequest)
  } catch (failure) {
    const { kind, code, message, hint } = asFault(failure)
    report({ fault: { kind, code, message, ...(hint ? { hint } : {}) } })
    process.exit(1)
  }
  process.exit(0)
}

async function serve(request: ChildRequest): Promise<void> {
  if ('wait' in request) await serve(JSON.parse(readFileSync(0, 'utf8')) as ChildRequest)
  else if ('remove' in request) request.remove.forEach(remove)
  else if ('sync' in request) sync(request.sync)
  else if (!('pack' in request)) await tell(unpackLayer(request), request.root)
  else if (request.pack === 'adopt') report({ done: await adoptUpper(request) })
  else if (request.pack === 'assemble') report({ done: await assembleLayer(request) })
  else if (request.pack === 'copy') report({ done: await copyUpper(request) })
  else if (request.pack === 'gzip') await tell(compressLayer(request), dirname(request.target))
  else writeTar(request)
}

/** The result, and then that the file system of `written` has all of it. */
async function tell(work: Promise<Unpacked | Compressed>, written: string): Promise<void> {
  report({ done: await work })
  sync(written)
  report({ synced: true })
}

function report(line: UnpackReport<unknown>): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

function remove(path: string): void {
  const directory = openDirectory(byteText(dirname(path)))
  try {
    removeTree(directory, splitPath(byteText(path)).base)
  } finally {
    close(directory)
  }
}

function sync(path: string): void {
  const root = openDirectory(byteText(path))
  syncFileSystem(root)
  close(root)
}
