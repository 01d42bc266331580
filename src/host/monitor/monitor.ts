import { closeSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { step } from '../../base/steps.ts'
import { hasCode } from '../syscalls/call.ts'
import { listenUnix, shortSocketPath } from '../syscalls/sockets.ts'
import { attributesFile, monitorArguments } from './arguments.ts'
import { type AttachStreams, type Exit, type Monitor, type MonitorLaunch, parseExit } from './contract.ts'
import { followControl } from './control.ts'

export type * from './contract.ts'

const CLEAN_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }

/** Resolves once the process is spawned, before `started`. `early` attachments are connected first, and miss no byte. */
export async function launchMonitor(
  launch: MonitorLaunch,
  early: AttachStreams[] = [],
): Promise<{ monitor: Monitor; attachments: Socket[] }> {
  const directory = dirname(launch.socketPath)
  if (launch.log?.attributes) writeFileSync(attributesFile(directory), launch.log.attributes, { mode: 0o600 })
  const listener = listenUnix(launch.socketPath)
  try {
    const hellos = ['control', ...early.map(attachHello)]
    const [control, ...attachments] = await Promise.all(hellos.map(hello => open(launch.socketPath, hello)))
    const child = Bun.spawn([launch.program, ...monitorArguments(launch, directory)], {
      stdio: ['ignore', 'ignore', 'ignore', listener],
      env: CLEAN_ENVIRONMENT,
      cwd: '/',
    })
    child.unref()
    step()
    return { monitor: monitorOver(control!, launch.socketPath, launch.containerId, launch.exitFile), attachments }
  } finally {
    closeSync(listener)
  }
}

/**
 * The monitor behind a socket after a daemon's restart, or undefined if none is there any more: then `readExitFile`
 * knows, or the monitor was killed. `exitFile` settles the moment between its report and its end.
 */
export async function reconnectMonitor(socketPath: string, exitFile?: string): Promise<Monitor | undefined> {
  try {
    return monitorOver(await open(socketPath, 'control'), socketPath, socketPath, exitFile)
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ECONNRESET', 'EPIPE')) return undefined
    throw thrown
  }
}

/** What a monitor stored at the exit; undefined if it did not, or not wholly. */
export async function readExitFile(path: string): Promise<Exit | undefined> {
  try {
    return parseExit(await readFile(path, 'utf8'))
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENOTDIR')) return undefined
    throw thrown
  }
}

function monitorOver(control: Socket, socketPath: string, name: string, exitFile: string | undefined): Monitor {
  const say = (line: string): void => {
    if (control.writable) control.write(`${line}\n`)
  }
  const stored = async (): Promise<Exit | undefined> => (exitFile ? readExitFile(exitFile) : undefined)
  return {
    ...followControl(control, name, stored),
    kill: signal => say(`kill ${signal}`),
    resize: (rows, columns) => say(`resize ${rows} ${columns}`),
    logPacked: inode => say(`log-compressed ${inode}`),
    closeStdin: () => say('stdin-close'),
    leave: () => control.destroy(),
    attach: streams => open(socketPath, attachHello(streams)),
  }
}

const flag = (claim: boolean): string => (claim ? '1' : '0')
const attachHello = (streams: AttachStreams): string =>
  `attach stdin=${flag(streams.stdin)} stdout=${flag(streams.stdout)} stderr=${flag(streams.stderr)} framed=${flag(streams.framed)}`

/** Connects and has the hello line on its way, whole, before anything else. */
function open(socketPath: string, hello: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const door = shortSocketPath(socketPath)
    const socket = connect({ path: door.path, allowHalfOpen: true })
    socket.once('error', thrown => {
      door[Symbol.dispose]()
      reject(thrown)
    })
    socket.once('connect', () => {
      door[Symbol.dispose]()
      socket.removeAllListeners('error')
      // The users of a connection learn of its end by 'close'; an error that nobody listens to would end the daemon.
      socket.on('error', () => {})
      socket.write(`${hello}\n`, () => resolve(socket))
    })
  })
}
