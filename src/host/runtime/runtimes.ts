import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { logger } from '../../base/log.ts'
import { PLAIN_PATH, run } from '../processes/run.ts'
import { runtimeFaults } from './faults.ts'

/** A program of the OCI runtime command line, in the shape that `MonitorLaunch.runtime` takes. */
export type Runtime = {
  /** As HostConfig.Runtime names it. */
  name: string
  /** Absolute. */
  path: string
  /** Its --root: where it keeps the state of its containers; one directory for each runtime. */
  root: string
  args: string[]
  /** The state of a container is the directory root/<id> alone, which may simply be removed. */
  plainState: boolean
  /** It takes a ready filter by the annotation run.oci.seccomp_bpf_data. */
  takesBpf: boolean
}

/** daemon.json's `runtimes`: a name (not absolute: looked for in PATH) or path, with arguments before the command. */
export type RuntimeSetting = { path: string; runtimeArgs?: string[] }

/** `text`: the program's whole --version; `version`: its number; `commit`: '' if it does not say. */
export type RuntimeVersion = { version: string; commit: string; text: string }

export type Runtimes = {
  /** The one with this name, or for '' the default; fault NOT_INSTALLED in Docker's words. */
  get(name: string): Runtime
  /** All that are usable, the default first. */
  list(): Runtime[]
  default: Runtime
  /** Asked once, when first wanted. */
  versionOf(runtime: Runtime): Promise<RuntimeVersion>
}

const log = logger('runtime')
const BUILT_IN: Record<string, RuntimeSetting> = { crun: { path: 'crun' }, runc: { path: 'runc' } }

export type RuntimesSettings = {
  /** Below it one directory a runtime, such as execRoot/runtime. */
  stateRoot: string
  configured?: Record<string, RuntimeSetting>
  /** A name; by default crun, or runc where crun is not or cannot serve. */
  defaultName?: string
  /** Controllers that v2 holds beside v1 (`Cgroups.stray`): crun refuses such a machine. */
  strayControllers?: string[]
}

/** Finds the runtimes of the machine. Rejects if the default, or any, is not there. */
export async function findRuntimes(settings: RuntimesSettings): Promise<Runtimes> {
  const wanted = { ...BUILT_IN, ...settings.configured }
  const found = new Map<string, Runtime>()
  for (const [name, setting] of Object.entries(wanted)) {
    const path = await findProgram(setting.path)
    if (path) found.set(name, describe(name, path, setting, settings.stateRoot))
    else if (!(name in BUILT_IN)) log.warn('a configured runtime is not there', { name, path: setting.path })
  }
  const first = chooseDefault(found, settings)
  const ordered = [first, ...[...found.values()].filter(runtime => runtime !== first)]
  return runtimesOver(ordered)
}

function runtimesOver(ordered: Runtime[]): Runtimes {
  const versions = new Map<string, Promise<RuntimeVersion>>()
  return {
    default: ordered[0]!,
    list: () => ordered,
    get: name => {
      const runtime = name === '' ? ordered[0] : ordered.find(each => each.name === name)
      if (!runtime) throw runtimeFaults.NOT_INSTALLED(name)
      return runtime
    },
    versionOf: runtime => {
      const asked = versions.get(runtime.path) ?? askVersion(runtime)
      versions.set(runtime.path, asked)
      return asked
    },
  }
}

function chooseDefault(found: Map<string, Runtime>, { defaultName, strayControllers = [] }: RuntimesSettings): Runtime {
  if (defaultName) {
    const runtime = found.get(defaultName)
    if (!runtime) throw runtimeFaults.DEFAULT_MISSING(defaultName)
    return runtime
  }
  const order = strayControllers.length > 0 ? ['runc', 'crun'] : ['crun', 'runc']
  const runtime = order.map(name => found.get(name)).find(each => each !== undefined) ?? [...found.values()][0]
  if (!runtime) throw runtimeFaults.NONE()
  if (strayControllers.length > 0)
    log.warn('crun cannot serve here, as v2 has controllers beside v1', { runtime: runtime.name, strayControllers })
  return runtime
}

function describe(name: string, path: string, setting: RuntimeSetting, stateRoot: string): Runtime {
  const isCrun = /(^|\/)crun$/.test(path)
  return {
    name,
    path,
    root: join(stateRoot, name),
    args: [...(isCrun ? ['--cgroup-manager=cgroupfs'] : []), ...(setting.runtimeArgs ?? [])],
    plainState: isCrun,
    takesBpf: isCrun,
  }
}

/** The absolute path of a program, searched for in the usual directories unless absolute already. */
export async function findProgram(name: string): Promise<string | undefined> {
  const places = name.startsWith('/') ? [name] : PLAIN_PATH.split(':').map(directory => join(directory, name))
  for (const place of places) {
    const usable = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (usable) return place
  }
  return undefined
}

async function askVersion(runtime: Runtime): Promise<RuntimeVersion> {
  const { stdout } = await run([runtime.path, '--version'], { timeoutMs: 10_000 }).catch(() => ({ stdout: '' }))
  return parseVersion(stdout)
}

/** `crun version 1.8.1` and `runc version 1.1.5+ds1`, each with a `commit:` line. */
export function parseVersion(text: string): RuntimeVersion {
  return {
    version: /\bversion:?\s+(\S+)/.exec(text)?.[1] ?? '',
    commit: /^commit:\s*(\S+)/m.exec(text)?.[1] ?? '',
    text: text.trim(),
  }
}
