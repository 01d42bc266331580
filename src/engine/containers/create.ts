import { rm } from 'node:fs/promises'
import { newId } from '../../base/ids.ts'
import { logger } from '../../base/log.ts'
import { formatTimestamp, nowNanoseconds } from '../../base/timestamps.ts'
import type { ContainerCreate } from '../../formats/engine-api/container.ts'
import type { Platform } from '../../formats/platform/platform.ts'
import type { Image } from '../images/image.ts'
import type { WantedVolume } from '../volumes/volumes.ts'
import { type ContainerRecord, initialState } from './container.ts'
import { type ContainerContext, emit, pathsOf } from './context.ts'
import { type PreparedContainer, prepareCreate } from './create/prepare.ts'
import { prepareDirectories } from './launch.ts'
import { resolveLinks } from './links.ts'
import type { LiveContainer } from './live-container.ts'
import { checkLogAttributes } from './log-source.ts'
import { networkRequest } from './network-request.ts'

const log = logger('containers')

export type CreateOptions = { name?: string; platform?: Platform }
export type Created = { id: string; warnings: string[] }

/** Whole, or nothing of it is left. Throws 400, 404 and 409 faults. */
export async function createContainer(
  context: ContainerContext,
  body: ContainerCreate,
  options: CreateOptions,
): Promise<Created> {
  const { needs, table } = context
  const image = needs.images.resolve(body.Image ?? '', options.platform)
  const id = newId()
  const prepared = prepareCreate(body, image, needs.defaults, id)
  const name = table.reserve(options.name, id)
  try {
    const links = resolveLinks(table, prepared.hostConfig)
    const record = { ...recordOf(id, name, body, image, prepared), ...(links.length > 0 && { links }) }
    checkLogAttributes(record, pathsOf(context, record))
    needs.networks.validate(networkRequest(context, record))
    const held = await needs.volumes.hold(id, wantedVolumes(prepared), needs.layers.lower(image.diffIds))
    record.mounts = record.mounts.map(mount => ({ ...mount, ...held.get(mount.name ?? '') }))
    emit(context, store(context, record), 'create')
    if (record.hostConfig.Privileged) log.warn('a privileged container is not confined', { container: id, name })
  } catch (failure) {
    table.unreserve(name)
    await undo(context, id)
    throw failure
  }
  return { id, warnings: prepared.warnings }
}

/** Also those of --volumes-from: they are there already, and must stay. */
function wantedVolumes({ volumes, mounts }: PreparedContainer): WantedVolume[] {
  const known = new Set(volumes.map(({ name }) => name))
  const joined = mounts.flatMap(({ name }) => (name !== undefined && !known.has(name) ? [name] : []))
  return [...volumes, ...joined.map(name => ({ name, anonymous: false, labels: {} }))]
}

/** Directories first: one without a row is swept at the next start. */
function store(context: ContainerContext, record: ContainerRecord): LiveContainer {
  prepareDirectories(pathsOf(context, record))
  return context.table.insert(record, record.hostConfig.AutoRemove ? 'relaxed' : 'durable')
}

async function undo(context: ContainerContext, id: string): Promise<void> {
  const { directory, bundle } = pathsOf(context, { id })
  await Promise.allSettled([
    rm(directory, { recursive: true, force: true }),
    rm(bundle, { recursive: true, force: true }),
    context.needs.volumes.release(id, { removeAnonymous: true }),
  ])
}

function recordOf(
  id: string,
  name: string,
  body: ContainerCreate,
  image: Image,
  { config, hostConfig, networking, mounts, path, args }: PreparedContainer,
): ContainerRecord {
  return {
    id,
    name,
    created: formatTimestamp(nowNanoseconds()),
    imageRef: body.Image ?? '',
    imageId: image.id,
    imageManifest: image.manifest,
    diffIds: image.diffIds,
    platform: image.platform.os,
    path,
    args,
    config,
    hostConfig,
    networking,
    mounts,
    state: initialState(),
    restartCount: 0,
    manuallyStopped: false,
  }
}
