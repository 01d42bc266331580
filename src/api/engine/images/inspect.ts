import type { Images } from '../../../engine/images/images.ts'
import type { ContainerConfig } from '../../../formats/engine-api/container.ts'
import type { ImageInspect } from '../../../formats/engine-api/image.ts'
import { type ApiVersion, json, type Operation } from '../../http/operation.ts'
import { platformParameter } from './platform-parameter.ts'

export const imageInspect = (images: Pick<Images, 'inspect'>): Operation => ({
  id: 'ImageInspect',
  method: 'GET',
  path: '/images/{name*}/json',
  handle: ({ params, query, version }) =>
    json(200, shaped(images.inspect(params.name ?? '', platformParameter(query)), version)),
})

/** What only a container has; told of images until API 1.49. */
const CONTAINER_ONLY = [
  'Hostname',
  'Domainname',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'Image',
  'NetworkDisabled',
  'MacAddress',
  'StopTimeout',
] as const satisfies (keyof ContainerConfig)[]

function shaped(image: ImageInspect, version: ApiVersion): ImageInspect {
  const { Container, ContainerConfig, VirtualSize, Descriptor, ...rest } = image
  return {
    ...rest,
    Config: version.atLeast('1.50') ? imageConfig(image.Config) : image.Config,
    ...(!version.atLeast('1.45') && { ...(Container && { Container }), ContainerConfig }),
    ...(!version.atLeast('1.44') && { VirtualSize }),
    ...(version.atLeast('1.48') && Descriptor && { Descriptor }),
  }
}

function imageConfig(config: ContainerConfig): ContainerConfig {
  const left = { ...config }
  for (const field of CONTAINER_ONLY) delete left[field]
  return left
}
