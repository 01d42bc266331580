import { chmodSync, chownSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { byteText } from '../../../base/byte-text.ts'
import { statusOf } from '../../../host/syscalls/attributes.ts'
import { hasCode } from '../../../host/syscalls/call.ts'
import { MOUNT, mount } from '../../../host/syscalls/mount.ts'
import { shortSocketPath } from '../../../host/syscalls/sockets.ts'
import { close, O_PATH, openDirectory, openInRoot } from '../../../host/syscalls/tree.ts'
import type { ResolvedMount } from '../../containers/resolved-mount.ts'
import { buildFaults } from '../faults.ts'
import type { CacheMounts } from './cache-mounts.ts'
import type { MountSource, RunRequest } from './run-request.ts'
import type { StepDirectories } from './step-directories.ts'

type Wanted = RunRequest['step']['mounts'][number]

/** What a step sees beside its root, and how to give it back. */
export type PreparedMounts = {
  mounts: ResolvedMount[]
  places: { path: string; isDirectory: boolean }[]
  env: string[]
  release: () => Promise<void>
}

/** Makes the sources of a step's mounts; paths in them are resolved by the kernel with the source as root [CVE-2024-1753]. */
export async function prepareMounts(
  request: RunRequest,
  directories: StepDirectories,
  caches: CacheMounts,
  signal: AbortSignal,
): Promise<PreparedMounts> {
  const preparing = new MountPreparing(request, directories, caches, signal)
  try {
    return await preparing.run()
  } catch (failure) {
    await preparing.release()
    throw failure
  }
}

class MountPreparing {
  readonly #request: RunRequest
  readonly #directories: StepDirectories
  readonly #caches: CacheMounts
  readonly #signal: AbortSignal
  readonly #mounts: ResolvedMount[] = []
  readonly #places: PreparedMounts['places'] = []
  readonly #env: string[] = []
  readonly #releases: (() => Promise<void> | void)[] = []
  #secrets: string | undefined

  constructor(request: RunRequest, directories: StepDirectories, caches: CacheMounts, signal: AbortSignal) {
    this.#request = request
    this.#directories = directories
    this.#caches = caches
    this.#signal = signal
  }

  readonly release = async (): Promise<void> => {
    for (const release of this.#releases.reverse()) await release()
  }

  async run(): Promise<PreparedMounts> {
    for (const [index, wanted] of this.#request.step.mounts.entries()) await this.#prepare(wanted, index)
    for (const { path, text } of this.#request.step.scripts)
      this.#file(path, Buffer.from(text), { mode: 0o755, uid: 0, gid: 0 })
    return { mounts: this.#mounts, places: this.#places, env: this.#env, release: this.release }
  }

  async #prepare(wanted: Wanted, index: number): Promise<void> {
    if (wanted.type === 'bind') this.#bind(wanted, index)
    else if (wanted.type === 'cache') await this.#cache(wanted, index)
    else if (wanted.type === 'tmpfs') this.#tmpfs(wanted)
    else if (wanted.type === 'secret') await this.#secret(wanted)
    else await this.#ssh(wanted, index)
  }

  #bind(wanted: Wanted, index: number): void {
    const root = this.#view(this.#request.sources.get(index)!, index, !wanted.readOnly)
    this.#below(root, wanted.source ?? '/', wanted, index)
  }

  /** What is written to a bind mount is nobody's: it goes to a layer that is thrown away. */
  #view(source: MountSource, index: number, writable: boolean): string {
    const lower = 'directory' in source ? [source.directory] : source.lower
    const target = this.#directories.mountpoint(`view-${index}`)
    if (!writable && lower.length === 1) {
      mount({ source: lower[0]!, target, flags: MOUNT.BIND })
      return target
    }
    const layers =
      lower.length === 0 || (!writable && lower.length === 1) ? [...lower, this.#directories.directory('empty')] : lower
    const names = layers.map(escapeOption).join(':')
    const upper = writable
      ? `,upperdir=${this.#directories.directory(`rw-${index}`)},workdir=${this.#directories.directory(`rwwork-${index}`)}`
      : ''
    mount({ source: 'overlay', target, type: 'overlay', data: `lowerdir=${names}${upper}` })
    return target
  }

  /** Mounts what a path in a root is at a place of ours, where no name of the root has a say any more. */
  #below(root: string, path: string, wanted: Wanted, index: number): void {
    const opened = openDirectory(byteText(root))
    try {
      const found = openInRoot(opened, byteText(path), O_PATH)
      try {
        const isDirectory = (statusOf(found, '').mode & constants.S_IFMT) === constants.S_IFDIR
        const target = join(this.#directories.exec, `bind-${index}`)
        if (isDirectory) mkdirSync(target, { mode: 0o700 })
        else writeFileSync(target, '', { mode: 0o600 })
        mount({ source: `/proc/self/fd/${found}`, target, flags: MOUNT.BIND })
        this.#directories.mounted(target)
        this.#add(target, wanted.target, wanted.readOnly, isDirectory)
      } finally {
        close(found)
      }
    } catch (failure) {
      if (hasCode(failure, 'ENOENT', 'ENOTDIR', 'ELOOP'))
        throw buildFaults.MOUNT(`${path}: not found`, { cause: failure })
      throw failure
    } finally {
      close(opened)
    }
  }

  async #cache(wanted: Wanted, index: number): Promise<void> {
    const source = this.#request.sources.get(index)
    const from = source && { root: this.#view(source, index, false), path: wanted.source ?? '/' }
    const held = await this.#caches.hold(
      {
        id: wanted.id ?? wanted.target,
        sharing: wanted.sharing ?? 'shared',
        mode: wanted.mode ?? 0o755,
        uid: wanted.uid ?? 0,
        gid: wanted.gid ?? 0,
        from,
      },
      this.#signal,
    )
    this.#releases.push(held.release)
    if (from || !wanted.source) this.#add(held.path, wanted.target, wanted.readOnly, true)
    else this.#below(held.path, wanted.source, wanted, index)
  }

  #tmpfs({ target, size }: Wanted): void {
    this.#mounts.push({
      type: 'tmpfs',
      source: '',
      destination: target,
      readOnly: false,
      mode: '',
      propagation: '',
      tmpfsOptions: ['nosuid', 'nodev', 'mode=1777', ...(size ? [`size=${size}`] : [])],
    })
    this.#places.push({ path: target, isDirectory: true })
  }

  async #secret(wanted: Wanted): Promise<void> {
    const id = wanted.id ?? wanted.source ?? wanted.target.split('/').at(-1)!
    const value = await this.#request.build.client.secret(id)
    if (value === undefined) {
      if (wanted.required) throw buildFaults.SECRET(id)
      return
    }
    if (wanted.env) this.#env.push(`${wanted.env}=${Buffer.from(value).toString()}`)
    if (!wanted.env || wanted.targetIsGiven)
      this.#file(wanted.target, value, { mode: wanted.mode ?? 0o400, uid: wanted.uid ?? 0, gid: wanted.gid ?? 0 })
  }

  /** In memory alone, in a file system of its own that is gone with the step. */
  #file(target: string, content: Uint8Array, { mode, uid, gid }: { mode: number; uid: number; gid: number }): void {
    const path = join(this.#memory(), String(this.#mounts.length))
    writeFileSync(path, content, { mode: 0o600 })
    chownSync(path, uid, gid)
    chmodSync(path, mode)
    this.#add(path, target, true, false)
  }

  #memory(): string {
    if (this.#secrets) return this.#secrets
    const target = this.#directories.mountpoint('memory')
    mount({
      source: 'tmpfs',
      target,
      type: 'tmpfs',
      flags: MOUNT.NO_SUID | MOUNT.NO_DEVICES,
      data: 'mode=0700,size=64m',
    })
    this.#secrets = target
    return target
  }

  /** Every connection that the step makes is one to the client's agent. */
  async #ssh(wanted: Wanted, index: number): Promise<void> {
    const id = wanted.id ?? 'default'
    const first = await this.#request.build.client.ssh(id)
    if (!first) {
      if (wanted.required) throw buildFaults.SSH(id)
      return
    }
    first.destroy()
    const path = join(this.#directories.exec, `agent-${index}`)
    const server = createServer(socket => {
      socket.on('error', () => {})
      void this.#request.build.client.ssh(id).then(
        agent => {
          if (!agent) return socket.destroy()
          agent.on('error', () => socket.destroy())
          socket.on('close', () => agent.destroy())
          agent.on('close', () => socket.destroy())
          return socket.pipe(agent).pipe(socket)
        },
        () => socket.destroy(),
      )
    })
    const door = shortSocketPath(path)
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ path: door.path }, resolve))
    door[Symbol.dispose]()
    this.#releases.push(() => void server.close())
    chownSync(path, wanted.uid ?? 0, wanted.gid ?? 0)
    chmodSync(path, wanted.mode ?? 0o600)
    this.#add(path, wanted.target, false, false)
    if (!this.#env.some(entry => entry.startsWith('SSH_AUTH_SOCK='))) this.#env.push(`SSH_AUTH_SOCK=${wanted.target}`)
  }

  #add(source: string, destination: string, readOnly: boolean, isDirectory: boolean): void {
    this.#mounts.push({ type: 'bind', source, destination, readOnly, mode: '', propagation: 'rprivate' })
    this.#places.push({ path: destination, isDirectory })
  }
}

const escapeOption = (path: string): string => path.replace(/[\\:,]/g, '\\$&')
