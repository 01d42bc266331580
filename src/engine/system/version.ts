import type { BuildFacts } from './build-facts.ts'
import type { Machine } from './machine.ts'

/** A program that the engine works with: `crun`, `runc`, `docker-init`. */
export type Component = { name: string; version: string; commit: string }

/** Source: swagger.yaml, SystemVersion. */
export type SystemVersion = {
  Platform: { Name: string }
  Components: { Name: string; Version: string; Details: Record<string, string> }[]
  Version: string
  ApiVersion: string
  MinAPIVersion: string
  GitCommit: string
  GoVersion: string
  Os: string
  Arch: string
  KernelVersion: string
  BuildTime: string
}

export function systemVersion(build: BuildFacts, machine: Machine, components: Component[]): SystemVersion {
  const facts = {
    ApiVersion: build.apiVersion,
    MinAPIVersion: build.minApiVersion,
    GitCommit: build.commit,
    // Clients print it under this name; it is the runtime, whatever its language.
    GoVersion: `bun${process.versions.bun ?? ''}`,
    Os: 'linux',
    Arch: machine.goArchitecture,
    KernelVersion: machine.kernelVersion,
    BuildTime: build.builtAt,
  }
  const engine = { Name: 'Engine', Version: build.version, Details: { ...facts, Experimental: 'false' } }
  const others = components.map(({ name, version, commit }) => ({
    Name: name,
    Version: version,
    Details: { GitCommit: commit },
  }))
  return { Platform: { Name: 'Berth' }, Components: [engine, ...others], Version: build.version, ...facts }
}
