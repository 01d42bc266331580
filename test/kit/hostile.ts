import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archiveOf, type Member, sha256 } from '../../src/store/testing/archive.ts'
import type { TestDaemon } from './daemon.ts'

export { archiveOf, type Member, sha256 }

/** Something of the host that nothing may touch: a directory with one file, known to the byte. */
export type Target = Disposable & {
  /** Of the directory. */
  path: string
  /** Of the file in it. */
  secret: string
  /** A place beside it that must stay free. */
  marker: string
  /** What could have been changed; compare it with `UNTOUCHED`. */
  look: () => unknown
}

export const UNTOUCHED = [0o700, ['secret'], 'of the host', 0o600, 1, 0, 0]

export function hostTarget(): Target {
  const directory = mkdtempSync(join(tmpdir(), 'berth-target-'))
  const path = join(directory, 'host')
  mkdirSync(path, { mode: 0o700 })
  chmodSync(path, 0o700)
  const secret = join(path, 'secret')
  writeFileSync(secret, 'of the host', { mode: 0o600 })
  const look = () => {
    const { mode, nlink, uid, gid } = lstatSync(secret)
    const listed = readdirSync(path)
    return [lstatSync(path).mode & 0o7777, listed, readFileSync(secret, 'utf8'), mode & 0o7777, nlink, uid, gid]
  }
  const end = () => rmSync(directory, { recursive: true, force: true })
  return { path, secret, marker: join(directory, 'marker'), look, [Symbol.dispose]: end }
}

/** One image for an archive. `config` goes over a config that is in order; layers as they are, the diff ids of what they say. */
export type HostileImage = { layers: Uint8Array[]; config?: Record<string, unknown>; tag?: string; diffIds?: string[] }

export function configOf({ layers, config, diffIds }: HostileImage): Buffer {
  const rootfs = { type: 'layers', diff_ids: diffIds ?? layers.map(layer => sha256(layer)) }
  return Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Cmd: ['sh'] }, rootfs, ...config }))
}

/** As `docker save` writes it. */
export function dockerArchive(image: HostileImage): Buffer {
  const config = configOf(image)
  const layers = image.layers.map((content, place) => ({ name: `${place}/layer.tar`, content }))
  const manifest = [
    { Config: 'config.json', RepoTags: [image.tag ?? 'hostile:1'], Layers: layers.map(({ name }) => name) },
  ]
  return archiveOf(
    ...layers,
    { name: 'config.json', content: config },
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  )
}

/** As an OCI layout. */
export function ociArchive(image: HostileImage): Buffer {
  const describe = (bytes: Uint8Array, mediaType: string) => ({ mediaType, digest: sha256(bytes), size: bytes.length })
  const config = configOf(image)
  const type = 'application/vnd.oci.image'
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config: describe(config, `${type}.config.v1+json`),
      layers: image.layers.map(layer => describe(layer, `${type}.layer.v1.tar`)),
    }),
  )
  const annotations = { 'io.containerd.image.name': `docker.io/library/${image.tag ?? 'hostile:1'}` }
  const index = { schemaVersion: 2, manifests: [{ ...describe(manifest, `${type}.manifest.v1+json`), annotations }] }
  const blobs = new Map([...image.layers, config, manifest].map(bytes => [sha256(bytes).slice(7), bytes]))
  return archiveOf(
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', content: JSON.stringify(index) },
    ...[...blobs].map(([hex, content]): Member => ({ name: `blobs/sha256/${hex}`, content })),
  )
}

export type Answered = {
  status: number
  text: string /** No status of an error, no error in the stream. */
  good: boolean
}

/** One request with any body; the answer read to its end. */
export async function send(
  daemon: TestDaemon,
  method: string,
  path: string,
  body?: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const type = { 'Content-Type': typeof body === 'string' ? 'application/json' : 'application/x-tar' }
  const response = await fetch(`http://berth/v1.44${path}`, {
    unix: daemon.socket,
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body) }),
    headers: { ...(body !== undefined && type), ...headers },
  })
  const text = await response.text()
  return { status: response.status, text, good: response.ok && !text.includes('errorDetail') }
}

export const load = (daemon: TestDaemon, archive: Uint8Array): Promise<Answered> =>
  send(daemon, 'POST', '/images/load', archive)

/** Loads an image that is in order but for what is shown with it; fails where it is not taken. */
export async function loaded(daemon: TestDaemon, image: HostileImage): Promise<string> {
  const { good, text } = await load(daemon, dockerArchive(image))
  if (!good) throw new Error(`not loaded: ${text}`)
  return image.tag ?? 'hostile:1'
}

/** How many descriptors the daemon has open. */
export const descriptors = (daemon: TestDaemon): number => readdirSync(`/proc/${daemon.pid()}/fd`).length

/** Answers, and is the process that it was. */
export async function lives(daemon: TestDaemon): Promise<boolean> {
  const before = daemon.pid()
  return (await daemon.api('GET', '/_ping')).status === 200 && daemon.pid() === before
}

/** The root of the busybox image as a layer of one file: the static program under the names that are asked for. */
export function busyboxLayer(...more: Member[]): Buffer {
  const content = readFileSync('/bin/busybox')
  const links = [
    'sh',
    'cat',
    'ls',
    'sleep',
    'true',
    'id',
    'mknod',
    'stat',
    'env',
    'echo',
    'head',
    'dd',
    'touch',
    'mv',
    'ln',
  ]
  return archiveOf(
    { name: 'bin', type: 'directory', mode: 0o755 },
    { name: 'bin/busybox', content, mode: 0o755 },
    ...links.map((name): Member => ({ name: `bin/${name}`, type: 'symlink', linkName: 'busybox' })),
    ...more,
  )
}
