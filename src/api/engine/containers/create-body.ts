import type { Static } from 'typebox'
import type { ContainerUpdate } from '../../../engine/containers/update.ts'
import type { ContainerConfig, ContainerCreate, ExecCreate, HostConfig } from '../../../formats/engine-api/container.ts'
import type { CommitBody, CreateBodyValue, ExecCreateBody, UpdateBody } from './create-schema.ts'

type Command = string | string[] | undefined

/** A body that its schema has accepted, in the shape that the engine takes. */
export function containerCreateOf(body: CreateBodyValue): ContainerCreate {
  const { HostConfig: host, ...config } = body
  return {
    ...config,
    Cmd: listOf(config.Cmd),
    Entrypoint: listOf(config.Entrypoint),
    HostConfig: host && hostConfigOf(host),
  } as ContainerCreate
}

/** Two numbers whatever the client sent: Go's array of two is filled with zeros and cut. */
export const sizeOf = (size: number[] | undefined): [number, number] | undefined => size && [size[0] ?? 0, size[1] ?? 0]

const hostConfigOf = (host: NonNullable<CreateBodyValue['HostConfig']>): HostConfig =>
  ({
    ...host,
    CapAdd: listOf(host.CapAdd),
    CapDrop: listOf(host.CapDrop),
    ConsoleSize: sizeOf(host.ConsoleSize),
  }) as HostConfig

/** Nothing where the client sent no config. */
export function commitConfigOf(body: Static<typeof CommitBody>): ContainerConfig | undefined {
  if (body === null || Object.keys(body).length === 0) return undefined
  return { ...body, Cmd: listOf(body.Cmd), Entrypoint: listOf(body.Entrypoint) } as ContainerConfig
}

export const updateOf = (body: Static<typeof UpdateBody>): ContainerUpdate => body as ContainerUpdate

export const execCreateOf = (body: Static<typeof ExecCreateBody>): ExecCreate => ({
  ...body,
  Cmd: listOf(body.Cmd),
  ConsoleSize: sizeOf(body.ConsoleSize),
})

const listOf = (command: Command): string[] | undefined => (typeof command === 'string' ? [command] : command)
