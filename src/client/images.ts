import type { ImageHistoryItem, ImageSummary } from '../formats/engine-api/image.ts'
import type { Client, Query } from './client.ts'
import type { HttpResponse } from './http.ts'

/** The image operations of the Engine API. */
const path = (name: string, rest: string): string =>
  `/images/${name.split('/').map(encodeURIComponent).join('/')}${rest}`

export type RemovedImage = { Untagged?: string; Deleted?: string }

export const listImages = (client: Client, query: Query): Promise<ImageSummary[]> =>
  client.json('GET', '/images/json', { query })

export const inspectImage = (client: Client, name: string, query: Query = {}): Promise<HttpResponse> =>
  client.call('GET', path(name, '/json'), { query })

export const imageHistory = (client: Client, name: string, query: Query): Promise<ImageHistoryItem[]> =>
  client.json('GET', path(name, '/history'), { query })

/** The stream of a pull; `auth` is the value of X-Registry-Auth. */
export const pullImage = (client: Client, query: Query, auth: string | undefined): Promise<HttpResponse> =>
  client.call('POST', '/images/create', { query, headers: auth ? { 'X-Registry-Auth': auth } : {} })

/** The stream of a push; `auth` as for a pull. A daemon wants the header, even if it holds nothing. */
export const pushImage = (
  client: Client,
  name: string,
  query: Query,
  auth: string | undefined,
): Promise<HttpResponse> =>
  client.call('POST', path(name, '/push'), { query, headers: { 'X-Registry-Auth': auth ?? NO_AUTH } })
const NO_AUTH = Buffer.from('{}').toString('base64url')

export const importImage = (
  client: Client,
  query: Query,
  body: AsyncIterable<Uint8Array> | undefined,
): Promise<HttpResponse> => client.call('POST', '/images/create', { query, body })

export const loadImages = (client: Client, query: Query, body: AsyncIterable<Uint8Array>): Promise<HttpResponse> =>
  client.call('POST', '/images/load', { query, body, contentType: 'application/x-tar' })

export const saveImages = (client: Client, names: string[], query: Query): Promise<HttpResponse> =>
  client.call('GET', '/images/get', { query: { names, ...query } })

export const tagImage = (client: Client, name: string, repo: string, tag: string): Promise<HttpResponse> =>
  client.done('POST', path(name, '/tag'), { query: { repo, tag: tag || undefined } })

export const removeImage = (client: Client, name: string, query: Query): Promise<RemovedImage[]> =>
  client.json('DELETE', path(name, ''), { query })

export const pruneImages = (
  client: Client,
  query: Query,
): Promise<{ ImagesDeleted: RemovedImage[] | null; SpaceReclaimed: number }> =>
  client.json('POST', '/images/prune', { query })

export type FoundRepository = {
  star_count: number
  is_official: boolean
  name: string
  is_automated: boolean
  description: string
}
export const searchImages = (client: Client, query: Query, auth: string | undefined): Promise<FoundRepository[]> =>
  client.json('GET', '/images/search', { query, headers: auth ? { 'X-Registry-Auth': auth } : {} })
