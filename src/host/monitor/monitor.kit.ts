import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../base/ids.ts'
import type { OciResources } from '../../formats/oci-runtime/spec.ts'
import { type Cgroups, openCgroups } from '../cgroups/cgroups.ts'
import { installNative } from '../native/install.ts'
import { type AttachStreams, launchMonitor, type Monitor, type MonitorLaunch } from './monitor.ts'

export const ALL: AttachStreams = { stdin: true, stdout: true, stderr: true, framed: false }
export const OUTPUT: AttachStreams = { stdin: false, stdout: true, stderr: true, framed: false }
export const FRAMED: AttachStreams = { ...OUTPUT, framed: true }

export type Trial = {
  /** Run by /bin/sh -c, or as it is. */
  command: string | string[]
  early?: AttachStreams[]
  terminal?: MonitorLaunch['terminal']
  input?: 'open' | 'once'
  log?: Partial<NonNullable<MonitorLaunch['log']>> | false
  exitFile?: string
  resources?: OciResources
  runtime?: string
  hostProcesses?: boolean
  rootfs?: Partial<NonNullable<MonitorLaunch['rootfs']>>
  launch?: Partial<MonitorLaunch>
}

export type Running = AsyncDisposable & {
  id: string
  directory: string
  launch: MonitorLaunch
  monitor: Monitor
  attachments: Socket[]
  cgroupsPath: string
  cgroups: Cgroups
  logText(): string
  /** The messages of the log, as they were written. */
  logged(): { log: string; stream: string; time: string }[]
  exec(
    command: string,
    more?: Partial<MonitorLaunch> & { early?: AttachStreams[] },
  ): Promise<{ monitor: Monitor; attachments: Socket[] }>
}

const PARENT = `/berth-test-${process.pid}`
const live = new Set<string>()
let shared: Promise<{ layer: string; program: string; cgroups: Cgroups; base: string }> | undefined

/** A busybox layer, the monitor's program and the cgroups, made once for a test file. */
export function sharedThings() {
  shared ??= (async () => {
    const base = mkdtempSync(join(tmpdir(), 'berth-monitor-'))
    const { monitor } = await installNative(join(base, 'bin'))
    return { base, layer: makeLayer(join(base, 'layer')), program: monitor, cgroups: await openCgroups() }
  })()
  return shared
}

/** For `afterAll`: takes away what the tests of a file have shared. */
export async function removeShared(): Promise<void> {
  const base = (await shared)?.base
  shared = undefined
  if (base) rmSync(base, { recursive: true, force: true })
}

function makeLayer(layer: string): string {
  for (const name of ['bin', 'proc', 'dev', 'sys', 'tmp', 'etc']) mkdirSync(join(layer, name), { recursive: true })
  copyFileSync('/bin/busybox', join(layer, 'bin/busybox'))
  const names =
    'sh true false cat sleep echo printf ls head dd yes seq stty tty md5sum wc mount grep tail kill env touch mkdir usleep tr'
  for (const name of names.split(' ')) symlinkSync('busybox', join(layer, 'bin', name))
  return layer
}

/** Starts a real container; disposing of it ends it and checks that nothing of it is left. */
export async function start(trial: Trial): Promise<Running> {
  const { layer, program, cgroups, base } = await sharedThings()
  const id = newId()
  live.add(id)
  const directory = join(base, id)
  const cgroupsPath = `${PARENT}/${id}`
  for (const name of ['rootfs', 'upper', 'work']) mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(join(directory, 'config.json'), JSON.stringify(specOf(trial, cgroupsPath)))
  const runtime = trial.runtime ?? 'crun'
  const launch: MonitorLaunch = {
    program,
    socketPath: join(directory, 'monitor.sock'),
    containerId: id,
    bundle: directory,
    runtime: {
      path: runtime === 'crun' ? '/usr/bin/crun' : '/usr/sbin/runc',
      root: join(base, runtime),
      plainState: runtime === 'crun',
    },
    rootfs: {
      mountpoint: join(directory, 'rootfs'),
      lower: [layer],
      upper: join(directory, 'upper'),
      work: join(directory, 'work'),
      ...trial.rootfs,
    },
    terminal: trial.terminal,
    stdin: trial.input !== undefined,
    stdinOnce: trial.input === 'once',
    log:
      trial.log === false ? undefined : { path: join(directory, 'log.json'), maxBytes: 0, maxFiles: 1, ...trial.log },
    exitFile: trial.exitFile ?? join(directory, 'exit'),
    oomFile: cgroups.oomFileOf(cgroupsPath),
    cgroups: cgroups.cgroupPathsOf(cgroupsPath),
    ...trial.launch,
  }
  const launched = await launchMonitor(launch, trial.early)
  return {
    id,
    directory,
    launch,
    cgroupsPath,
    cgroups,
    ...launched,
    ...readers(launch),
    exec: execIn(launch, directory),
    [Symbol.asyncDispose]: () => end(launch, launched.monitor, directory),
  }
}

function readers(launch: MonitorLaunch) {
  const logText = () => readFileSync(launch.log!.path, 'utf8')
  return {
    logText,
    logged: () =>
      logText()
        .trimEnd()
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line)),
  }
}

function execIn(launch: MonitorLaunch, directory: string): Running['exec'] {
  let count = 0
  return async (command, { early, ...more } = {}) => {
    const home = join(directory, `exec${++count}`)
    mkdirSync(home)
    const process = { ...processOf({ command }), terminal: more.terminal !== undefined }
    writeFileSync(join(home, 'process.json'), JSON.stringify(process))
    return launchMonitor(
      {
        ...launch,
        socketPath: join(home, 'monitor.sock'),
        exec: { processFile: join(home, 'process.json'), id: `exec${count}` },
        rootfs: undefined,
        log: undefined,
        oomFile: undefined,
        cgroups: undefined,
        terminal: undefined,
        stdin: false,
        stdinOnce: false,
        exitFile: join(home, 'exit'),
        ...more,
      },
      early,
    )
  }
}

async function end(launch: MonitorLaunch, monitor: Monitor, directory: string): Promise<void> {
  monitor.kill(9)
  await monitor.gone
  const { cgroups } = await sharedThings()
  live.delete(launch.containerId)
  await cgroups.sweep(PARENT, live)
  const left = await leftInTheEnd(launch, directory)
  rmSync(directory, { recursive: true, force: true })
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
}

/** The monitor hangs up first and ends then: its process may be seen a moment longer. */
async function leftInTheEnd(launch: MonitorLaunch, directory: string): Promise<string[]> {
  for (let tries = 0; tries < 100 && leftovers(launch, directory).length > 0; tries++) await Bun.sleep(10)
  return leftovers(launch, directory)
}

/** What a container that has ended must not leave. */
export function leftovers(launch: MonitorLaunch, directory: string): string[] {
  return [
    ...(launch.cgroups ?? []).filter(path => existsSync(path)),
    ...[join(launch.runtime.root, launch.containerId)].filter(path => existsSync(path)),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter(line => line.includes(directory)),
    ...processesNaming(launch.containerId).map(pid => `process ${pid}`),
  ]
}

/** The processes with a word in their command line, such as a monitor with its container's id. */
export function processesNaming(word: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
      } catch {
        return false
      }
    })
    .map(Number)
}

const processOf = ({ command, terminal }: Trial) => ({
  terminal: terminal !== undefined,
  user: { uid: 0, gid: 0 },
  args: Array.isArray(command) ? command : ['/bin/sh', '-c', command],
  env: ['PATH=/bin', 'TERM=xterm'],
  cwd: '/',
})

function specOf(trial: Trial, cgroupsPath: string) {
  const namespaces = ['mount', 'ipc', 'uts', ...(trial.hostProcesses ? [] : ['pid'])].map(type => ({ type }))
  return {
    ociVersion: '1.0.0',
    process: processOf(trial),
    root: { path: 'rootfs' },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0666'] },
    ],
    linux: { cgroupsPath, namespaces, resources: trial.resources ?? {} },
  }
}

/** Everything a connection brings until its end. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  await new Promise(resolve => socket.once('end', resolve))
  socket.end()
  return Buffer.concat(parts)
}

/** Resolves once what the connection brings has the text in it. Takes over its data. */
export async function seen(socket: Socket, text: string): Promise<string> {
  let all = ''
  return new Promise((resolve, reject) => {
    const hear = (part: Buffer) => {
      all += part.toString()
      if (!all.includes(text)) return
      socket.off('data', hear)
      resolve(all)
    }
    socket.on('data', hear)
    socket.once('end', () => reject(new Error(`ended without ${JSON.stringify(text)}: ${JSON.stringify(all)}`)))
  })
}
