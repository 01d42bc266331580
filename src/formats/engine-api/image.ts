import type { Labels, OciDescriptor } from './common.ts'
import type { ContainerConfig } from './container.ts'

/** Source: swagger.yaml, definitions ImageInspect, ImageSummary, HistoryResponseItem, ImageDeleteResponseItem; fields as Docker 26 sends them. */
export type ImageInspect = {
  Id: string
  RepoTags: string[]
  RepoDigests: string[]
  Parent: string
  Comment: string
  /** RFC 3339; '' where the image gives none. */
  Created: string
  /** Only below API 1.45. */
  Container?: string
  /** Only below API 1.45. */
  ContainerConfig?: ContainerConfig
  DockerVersion: string
  Author: string
  Config: ContainerConfig
  Architecture: string
  Variant?: string
  Os: string
  OsVersion?: string
  /** Bytes. */
  Size: number
  /** Only below API 1.44. */
  VirtualSize?: number
  GraphDriver: { Name: string; Data: Record<string, string> | null }
  RootFS: { Type: string; Layers?: string[] }
  Metadata: { LastTagTime: string }
  /** From API 1.48. */
  Descriptor?: OciDescriptor
}

export type ImageSummary = {
  /** Containers that use it; -1 where not asked for. */
  Containers: number
  /** Unix seconds. */
  Created: number
  Id: string
  Labels: Labels | null
  ParentId: string
  RepoDigests: string[] | null
  RepoTags: string[] | null
  /** Bytes that other images have too; -1 where not asked for. */
  SharedSize: number
  Size: number
  /** Only below API 1.44. */
  VirtualSize?: number
}

export type ImageHistoryItem = {
  Comment: string
  /** Unix seconds. */
  Created: number
  CreatedBy: string
  Id: string
  Size: number
  Tags: string[] | null
}

export type ImageDeleteItem = { Untagged?: string; Deleted?: string }

export type AuthResult = { Status: string; IdentityToken: string }
