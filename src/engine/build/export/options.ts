import type { BuildExport } from '../contract.ts'
import { exportFaults } from './faults.ts'

export type Compression = 'gzip' | 'zstd' | 'uncompressed'

/** What an image output is to be, from the attributes that BuildKit has for it. */
export type ImageOptions = {
  names: string[]
  push: boolean
  /** OCI's media types instead of Docker's. */
  isOci: boolean
  compression: Compression
  /** Also of layers that came compressed otherwise. */
  forceCompression: boolean
  level?: number
  /** By place (`manifest`, `index`, `manifest-descriptor`, `index-descriptor`), key and value; for one platform or for all. */
  annotations: Annotation[]
  /** Whether there is need of a manifest other than the one that a push would make. */
  isPlain: boolean
}
export type Annotation = { place: string; platform?: string; key: string; value: string }

export function imageOptions({ type, attributes }: BuildExport): ImageOptions {
  const flag = (name: string) => readFlag(attributes, name)
  const compression = compressionOf(attributes.compression ?? 'gzip')
  const annotations = annotationsOf(attributes)
  const asked = flag('oci-mediatypes')
  const isOci = asked ?? (type === 'oci' || compression === 'zstd' || annotations.length > 0)
  if (compression === 'zstd' && !isOci) throw exportFaults.DOCKER_ZSTD()
  const level = attributes['compression-level']
  return {
    names: (attributes.name ?? '').split(',').filter(name => name !== ''),
    push: flag('push') ?? false,
    isOci,
    compression,
    forceCompression: flag('force-compression') ?? false,
    ...(level !== undefined && { level: readLevel(level) }),
    annotations,
    isPlain: !isOci && compression === 'gzip' && level === undefined,
  }
}

function compressionOf(name: string): Compression {
  if (name === 'gzip' || name === 'zstd' || name === 'uncompressed') return name
  throw exportFaults.COMPRESSION(name)
}

/** As Go's strconv.ParseBool; '' is true. */
export function readFlag(attributes: Readonly<Record<string, string>>, name: string): boolean | undefined {
  const text = attributes[name]
  if (text === undefined) return undefined
  if (['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw exportFaults.ATTRIBUTE(name, text)
}

function readLevel(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) > 22) throw exportFaults.ATTRIBUTE('compression-level', text)
  return Number(text)
}

const ANNOTATION = /^annotation(?:-(manifest|index|manifest-descriptor|index-descriptor))?(?:\[([^\]]+)\])?\.(.+)$/

const annotationsOf = (attributes: Readonly<Record<string, string>>): Annotation[] =>
  Object.entries(attributes).flatMap(([name, value]) => {
    const match = ANNOTATION.exec(name)
    if (!match) return []
    const [, place = 'manifest', platform, key = ''] = match
    return [{ place, ...(platform && { platform }), key, value }]
  })
