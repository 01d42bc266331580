import type { HealthConfig } from '../../../formats/engine-api/common.ts'
import type { ContainerConfig } from '../../../formats/engine-api/container.ts'
import { cleanPath } from '../../../formats/mount-spec/bind.ts'
import type { ImageDefaults } from '../../../formats/oci-image/config.ts'
import { parsePort } from '../../../formats/ports/ports.ts'
import { parseSignal } from '../../../formats/signals/signals.ts'
import { healthComplaint } from './config.ts'
import { createFaults } from './faults.ts'
import { placeComplaint } from './mount-checks.ts'

/**
 * What an image may say without hurting: values that no container can have are left out instead of failing every container
 * of the image, since nobody who runs it can mend them.
 */
export function usableDefaults(image: ImageDefaults): ImageDefaults {
  const { StopSignal, WorkingDir, Healthcheck } = image
  return {
    ...image,
    ExposedPorts: kept(image.ExposedPorts, port => parsePort(port) !== undefined),
    Volumes: kept(image.Volumes, path => placeComplaint(cleanPath(path)) === undefined),
    StopSignal: StopSignal && parseSignal(StopSignal) !== undefined ? StopSignal : undefined,
    WorkingDir: WorkingDir && cleanPath(WorkingDir),
    Healthcheck: Healthcheck && healthComplaint(Healthcheck) === undefined ? Healthcheck : undefined,
  }
}

const kept = (set: EmptySet | null | undefined, isGood: (name: string) => boolean): EmptySet | undefined =>
  set ? Object.fromEntries(Object.entries(set).filter(([name]) => isGood(name))) : undefined

/** The config of a container: what its body says, and where it says nothing, what the image says. Source: moby container/create.go, merge. */
export function mergeImage(asked: ContainerConfig, image: ImageDefaults): ContainerConfig {
  const merged: ContainerConfig = {
    ...asked,
    User: asked.User || image.User,
    ExposedPorts: union(image.ExposedPorts, asked.ExposedPorts),
    Volumes: union(image.Volumes, asked.Volumes),
    Labels: { ...image.Labels, ...asked.Labels },
    Env: mergeEnv(asked.Env, image.Env),
    WorkingDir: asked.WorkingDir || image.WorkingDir,
    StopSignal: asked.StopSignal || image.StopSignal,
    StopTimeout: asked.StopTimeout ?? image.StopTimeout,
    Healthcheck: mergeHealthcheck(asked.Healthcheck, image.Healthcheck),
    Shell: asked.Shell ?? image.Shell,
    OnBuild: asked.OnBuild ?? image.OnBuild,
  }
  return { ...merged, ...mergeCommand(asked, image) }
}

/** A command of the image goes only with the entrypoint of the image. An entrypoint of one empty text means: none. */
function mergeCommand(asked: ContainerConfig, image: ImageDefaults): ContainerConfig {
  const hasEntrypoint = (asked.Entrypoint?.length ?? 0) > 0
  const takesCommand = !hasEntrypoint && !asked.Cmd?.length
  const entrypoint = hasEntrypoint ? asked.Entrypoint : (asked.Entrypoint ?? image.Entrypoint ?? null)
  return {
    Cmd: takesCommand ? (image.Cmd ?? null) : (asked.Cmd ?? null),
    ArgsEscaped: takesCommand ? image.ArgsEscaped : asked.ArgsEscaped,
    Entrypoint: entrypoint?.length === 1 && entrypoint[0] === '' ? null : entrypoint,
  }
}

type EmptySet = Record<string, Record<string, never>>

function union(image: EmptySet | null | undefined, asked: EmptySet | null | undefined): EmptySet | null {
  const names = [...Object.keys(asked ?? {}), ...Object.keys(image ?? {})]
  return names.length === 0 ? null : Object.fromEntries(names.map(name => [name, {}]))
}

/** The container's own first, then what of the image's it does not name. */
function mergeEnv(asked: string[] | null | undefined, image: string[] | null | undefined): string[] | null {
  if (!asked?.length) return image ? [...image] : (asked ?? null)
  const named = new Set(asked.map(nameOf))
  return [...asked, ...(image ?? []).filter(entry => !named.has(nameOf(entry)))]
}

const nameOf = (entry: string): string => entry.split('=', 1)[0]!

function mergeHealthcheck(asked: HealthConfig | null | undefined, image: HealthConfig | null | undefined) {
  if (!asked || !image) return asked ?? image ?? null
  return {
    Test: asked.Test?.length ? asked.Test : image.Test,
    Interval: asked.Interval || image.Interval,
    Timeout: asked.Timeout || image.Timeout,
    StartPeriod: asked.StartPeriod || image.StartPeriod,
    StartInterval: asked.StartInterval || image.StartInterval,
    Retries: asked.Retries || image.Retries,
    ...(asked.OnFailure && { OnFailure: asked.OnFailure }),
  }
}

/** The program and its arguments. Throws createFaults.NO_COMMAND. */
export function commandOf(config: ContainerConfig): { path: string; args: string[] } {
  const [path, ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]
  if (path === undefined) throw createFaults.NO_COMMAND()
  return { path, args }
}
