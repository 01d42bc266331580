/** Source: image-spec media-types.md, distribution's schema 2 documents. */
export const MEDIA_TYPES = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
} as const

const MANIFESTS: ReadonlySet<string> = new Set([MEDIA_TYPES.dockerManifest, MEDIA_TYPES.ociManifest])
const INDEXES: ReadonlySet<string> = new Set([MEDIA_TYPES.dockerList, MEDIA_TYPES.ociIndex])
const CONFIGS: ReadonlySet<string> = new Set([
  MEDIA_TYPES.dockerConfig,
  MEDIA_TYPES.ociConfig,
  // Some builders name the config so.
  'application/octet-stream',
])
const LAYER =
  /^application\/vnd\.(?:docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(?:gzip|zstd))?|oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(?:gzip|zstd))?)$/

export const isManifestType = (mediaType: string): boolean => MANIFESTS.has(mediaType)
export const isIndexType = (mediaType: string): boolean => INDEXES.has(mediaType)
export const isConfigType = (mediaType: string): boolean => CONFIGS.has(mediaType)
export const isLayerType = (mediaType: string): boolean => LAYER.test(mediaType)

/** What a client that runs images accepts for a manifest. */
export const ACCEPTED_MANIFESTS: readonly string[] = [...MANIFESTS, ...INDEXES]
