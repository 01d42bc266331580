import { ZERO_TIME } from '../../base/timestamps.ts'
import type { ContainerConfig } from '../../formats/engine-api/container.ts'
import type { ImageHistoryItem, ImageInspect } from '../../formats/engine-api/image.ts'
import type { ImageDefaults } from '../../formats/oci-image/config.ts'
import { familiar, type Reference } from '../../formats/reference/reference.ts'
import type { Layers } from '../../store/layers/layers.ts'
import type { StoredImage } from './image-records.ts'

/** `docker image inspect` with every field that any API version has; the door leaves out what a client's version does not know. */
export function inspectImage(image: StoredImage, references: Reference[], layers: Layers): ImageInspect {
  const { config } = image
  return {
    Id: image.id,
    RepoTags: repoTags(references),
    RepoDigests: repoDigests(references),
    Parent: image.parent,
    Comment: config.comment || (config.history.at(-1)?.comment ?? ''),
    Created: image.created,
    ...(config.container && { Container: config.container }),
    ContainerConfig: containerConfig(config.container_config ?? {}),
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: containerConfig(config.config),
    Architecture: config.architecture,
    ...(config.variant && { Variant: config.variant }),
    Os: config.os,
    ...(config['os.version'] && { OsVersion: config['os.version'] }),
    Size: imageSize(image, layers),
    VirtualSize: imageSize(image, layers),
    GraphDriver: { Name: 'overlay2', Data: graphData(image, layers) },
    RootFS: { Type: 'layers', ...(image.diffIds.length > 0 && { Layers: image.diffIds }) },
    Metadata: { LastTagTime: image.lastTagged || ZERO_TIME },
    ...(image.manifest && { Descriptor: { ...image.manifest } }),
  }
}

/** Newest step first. Only the image itself has an id; a history that names more layers than there are counts them as empty. */
export function imageHistory(image: StoredImage, references: Reference[], layers: Layers): ImageHistoryItem[] {
  let place = 0
  const items = image.config.history.map(entry => {
    const diffId = entry.empty_layer ? undefined : image.diffIds[place++]
    return {
      Comment: entry.comment ?? '',
      Created: entry.created ? unixSeconds(entry.created) : 0,
      CreatedBy: entry.created_by ?? '',
      Id: '<missing>',
      Size: diffId === undefined ? 0 : sizeOf(diffId, layers),
      Tags: null as string[] | null,
    }
  })
  const [newest] = items.reverse()
  const tags = repoTags(references)
  if (newest) Object.assign(newest, { Id: image.id, Tags: tags.length > 0 ? tags : null })
  return items
}

export const repoTags = (references: Reference[]): string[] => references.filter(({ digest }) => !digest).map(familiar)
export const repoDigests = (references: Reference[]): string[] =>
  references.filter(({ digest }) => digest).map(familiar)
export const unixSeconds = (time: string): number => Math.floor(Date.parse(time) / 1000)

/** Bytes of all layers that are here; a layer that is used twice counts twice, as it does for Docker. */
export const imageSize = ({ diffIds }: { diffIds: readonly string[] }, layers: Layers): number =>
  diffIds.reduce((sum, diffId) => sum + sizeOf(diffId, layers), 0)

const sizeOf = (diffId: string, layers: Layers): number => (layers.has(diffId) ? layers.size(diffId) : 0)

function graphData({ diffIds }: StoredImage, layers: Layers): Record<string, string> | null {
  if (diffIds.length === 0 || !diffIds.every(diffId => layers.has(diffId))) return null
  const [top = '', ...below] = layers.lower(diffIds)
  return { ...(below.length > 0 && { LowerDir: below.join(':') }), UpperDir: top }
}

/** Go prints a struct with all its fields, in this order. */
export function containerConfig(config: ImageDefaults): ContainerConfig {
  return {
    Hostname: config.Hostname ?? '',
    Domainname: config.Domainname ?? '',
    User: config.User ?? '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(config.ExposedPorts && { ExposedPorts: config.ExposedPorts }),
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(config.Healthcheck && { Healthcheck: config.Healthcheck }),
    ...(config.ArgsEscaped && { ArgsEscaped: true }),
    Image: config.Image ?? '',
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? null,
    ...(config.StopSignal && { StopSignal: config.StopSignal }),
    ...(config.StopTimeout !== undefined && { StopTimeout: config.StopTimeout }),
    ...(config.Shell && { Shell: config.Shell }),
  }
}
