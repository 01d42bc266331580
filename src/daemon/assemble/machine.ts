import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { logger } from '../../base/log.ts'
import { type HostFacts, readHostFacts } from '../../engine/containers/spec/host-facts.ts'
import type { Component } from '../../engine/system/version.ts'
import { type Cgroups, openCgroups } from '../../host/cgroups/cgroups.ts'
import { installNative, type NativePrograms } from '../../host/native/install.ts'
import { describeMissing, probeFeatures } from '../../host/probe/features.ts'
import { findProgram, findRuntimes, type Runtimes } from '../../host/runtime/runtimes.ts'
import type { DaemonSettings } from '../config/settings.ts'

const log = logger('daemon')

/** What the machine gives: cgroups, runtimes, our own programs, and what it lacks. */
export type MachineParts = {
  cgroups: Cgroups
  runtimes: Runtimes
  programs: NativePrograms
  facts: HostFacts
  /** The program of --init; undefined if it is not there. */
  init: string | undefined
  /** For people: what this machine cannot do. */
  warnings: string[]
}

export async function openMachine(settings: DaemonSettings): Promise<MachineParts> {
  const { dataRoot, execRoot } = settings.instance
  const cgroups = await openCgroups()
  mkdirSync(join(execRoot, 'runtime'), { recursive: true, mode: 0o700 })
  const [runtimes, programs, init] = await Promise.all([
    findMachineRuntimes(settings, cgroups.stray),
    installNative(join(dataRoot, 'bin')),
    findProgram(settings.containers.initPath),
  ])
  const warnings = describeMissing(probeFeatures()).map(text => `WARNING: ${text}`)
  for (const warning of warnings) log.warn(warning)
  return { cgroups, runtimes, programs, init, warnings, facts: readHostFacts() }
}

/** Also after a reload, which may name others. */
export const findMachineRuntimes = (settings: DaemonSettings, strayControllers: string[]): Promise<Runtimes> =>
  findRuntimes({
    ...runtimeSettings(settings),
    stateRoot: join(settings.instance.execRoot, 'runtime'),
    strayControllers,
  })

const runtimeSettings = ({ runtimes, defaultRuntime }: DaemonSettings) => ({
  configured: Object.fromEntries(
    Object.entries(runtimes).map(([name, { path, args }]) => [name, { path, runtimeArgs: args }]),
  ),
  defaultName: defaultRuntime,
})

/** The programs that `docker version` lists beside the engine. */
export async function componentsOf({ runtimes }: MachineParts): Promise<Component[]> {
  return await Promise.all(
    runtimes.list().map(async runtime => {
      const { version, commit } = await runtimes.versionOf(runtime)
      return { name: runtime.name, version, commit }
    }),
  )
}
