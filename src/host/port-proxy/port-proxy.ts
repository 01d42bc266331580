import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../syscalls/call.ts'
import { bindInet, type InetAddress } from '../syscalls/inet-sockets.ts'
import { isLocked, lockWhole } from '../syscalls/locks.ts'

/**
 * Port proxies: one process for each container with published ports (port-proxy.c), and one more for each time that ports are
 * added while it runs. It lives on without the daemon. Each has a file `<directory>/<container id>[.<number>]` that it keeps locked for as long as it lives and that holds its pid, so that a pid read
 * from a file that is locked is never that of a stranger.
 */
/** `hold`: the port is kept and not served. */
export type Service = { protocol: 'tcp' | 'udp' | 'hold'; bound: BoundPort; container: string; containerPort: number }
/** A port of the host that no other program can have while the descriptor is open. */
export type BoundPort = Disposable & { fd: number }

/** Throws SystemCallError EADDRINUSE, EADDRNOTAVAIL, EACCES. */
export function bindPort(protocol: 'tcp' | 'udp', where: InetAddress): BoundPort {
  const fd = bindInet(protocol, where)
  let isOpen = true
  const close = (): void => {
    if (isOpen) closeSync(fd)
    isOpen = false
  }
  return { fd, [Symbol.dispose]: close }
}

/** A proxy that runs, or ran, with so many ports. When `stop` resolves it is gone and its ports are free. */
export type PortProxy = { pid: number; ports: number; stop(): Promise<void>; isAlive(): boolean }

const ID = /^[0-9a-f]{64}$/
const FILE = /^([0-9a-f]{64})(?:\.\d{1,6})?$/
const POLL_MS = 2
const FIRST_DESCRIPTOR = 3

/** One that no living proxy of the container has. */
function fileOf(directory: string, containerId: string): string {
  if (!ID.test(containerId)) throw new TypeError(`not a container id: ${JSON.stringify(containerId)}`)
  let path = join(directory, containerId)
  for (let number = 1; isLocked(path); number++) path = join(directory, `${containerId}.${number}`)
  return path
}

/** Several proxies of one container as one. */
export function together(proxies: readonly PortProxy[]): PortProxy {
  const [first, ...more] = proxies
  if (first === undefined) throw new TypeError('no proxy')
  if (more.length === 0) return first
  return {
    pid: first.pid,
    ports: proxies.reduce((sum, { ports }) => sum + ports, 0),
    stop: async () => {
      await Promise.all(proxies.map(proxy => proxy.stop()))
    },
    isAlive: () => proxies.every(proxy => proxy.isAlive()),
  }
}

/** Starts it with the bound ports, which it holds from then on; they stay open here until the caller closes them. */
export function startPortProxy(
  program: string,
  directory: string,
  containerId: string,
  services: Service[],
): PortProxy {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = fileOf(directory, containerId)
  const lock = openSync(path, 'w', 0o600)
  try {
    lockWhole(lock)
    const child = Bun.spawn([program, String(FIRST_DESCRIPTOR), ...services.map(argument)], {
      stdio: ['ignore', 'ignore', 'ignore', lock, ...services.map(({ bound }) => bound.fd)],
      env: {},
      cwd: '/',
    })
    child.unref()
    const ended = child.exited.then(() => unlinkIfThere(path))
    const stop = (): Promise<void> => {
      child.kill('SIGKILL')
      return ended
    }
    return {
      pid: child.pid,
      ports: services.length,
      stop,
      isAlive: () => child.exitCode === null && child.signalCode === null,
    }
  } finally {
    closeSync(lock)
  }
}

const argument = ({ protocol, container, containerPort }: Service, index: number): string =>
  `${FIRST_DESCRIPTOR + 1 + index}/${protocol}/${container}/${containerPort}`

/** The proxies that an earlier daemon has left running, by container id; files of dead ones are removed. */
export async function findPortProxies(directory: string): Promise<Map<string, PortProxy>> {
  const found = new Map<string, PortProxy>()
  for (const name of listed(directory)) {
    const containerId = FILE.exec(name)?.[1] ?? name
    const proxy = await adopt(join(directory, name))
    const other = found.get(containerId)
    if (proxy) found.set(containerId, other ? together([other, proxy]) : proxy)
  }
  return found
}

async function adopt(path: string): Promise<PortProxy | undefined> {
  for (let tries = 0; tries < 500 && isLocked(path); tries++) {
    const pid = Number(readFileSync(path, 'utf8'))
    if (pid > 1) return adopted(pid, path)
    // it was started a moment before the daemon ended, and has not written its pid yet
    await Bun.sleep(POLL_MS)
  }
  unlinkIfThere(path)
  return undefined
}

function adopted(pid: number, path: string): PortProxy {
  const stop = async (): Promise<void> => {
    if (isLocked(path)) killIfThere(pid)
    while (isLocked(path)) await Bun.sleep(POLL_MS)
    unlinkIfThere(path)
  }
  return { pid, ports: portsOf(pid), stop, isAlive: () => isLocked(path) }
}

/** Its arguments: program, the lock's descriptor, and for each port four words (it cuts the argument up in its place). */
function portsOf(pid: number): number {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split(/[\0/]\b(?=\d+[\0/](?:tcp|udp|hold)[\0/])/).length - 1
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ESRCH')) return 0
    throw failure
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (failure) {
    if (!hasCode(failure, 'ESRCH')) throw failure
  }
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (failure) {
    if (hasCode(failure, 'ENOENT')) return []
    throw failure
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (failure) {
    if (!hasCode(failure, 'ENOENT')) throw failure
  }
}
