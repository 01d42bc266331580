import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { digestOf } from '../../../formats/digest/digest.ts'
import { MEDIA_TYPES } from '../../../formats/oci-image/media-types.ts'

export type Heard = {
  method: string
  url: string
  authorization: string | undefined
  range: string | undefined
  body: string
  length: number
}
/** Answers a request itself, and says so by true. */
export type Intruder = (
  request: IncomingMessage,
  response: ServerResponse,
  heard: Heard,
  body: Buffer,
) => boolean | Promise<boolean>

export type FakeRegistryOptions = { address?: string; tls?: ServerOptions }

/** A registry in this process, for tests: it serves what it was given, remembers what it heard, and can be made hostile. */
export class FakeRegistry implements AsyncDisposable {
  readonly heard: Heard[] = []
  readonly manifests = new Map<string, { bytes: Buffer; type: string }>()
  readonly blobs = new Map<string, Buffer>()
  intruder: Intruder = () => false
  /** What has come of uploads that go on, by their number. */
  readonly uploads = new Map<string, Buffer[]>()
  readonly #server: Server
  readonly #address: string

  private constructor({ address = '127.0.0.1', tls }: FakeRegistryOptions) {
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    this.#address = address
    this.#server = tls ? createTlsServer(tls, serve) : createServer(serve)
  }

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options)
    await new Promise<void>(resolve => registry.#server.listen(0, registry.#address, resolve))
    return registry
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `${this.#address}:${(this.#server.address() as AddressInfo).port}`
  }

  addBlob(content: Uint8Array | string, mediaType: string) {
    const bytes = Buffer.from(content)
    const digest = digestOf(bytes)
    this.blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }

  /** Stored under its digest and `names`; the digest is returned. */
  addManifest(document: unknown, type: string, ...names: string[]) {
    const bytes = Buffer.from(JSON.stringify(document))
    const digest = digestOf(bytes)
    for (const name of [digest, ...names]) this.manifests.set(name, { bytes, type })
    return { mediaType: type, digest, size: bytes.length }
  }

  /** An image of layers that are given as tar bytes, uncompressed. */
  addImage(layers: Uint8Array[], tag: string, config: Record<string, unknown> = {}) {
    const document = {
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(layer => digestOf(layer)) },
      ...config,
    }
    const manifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: this.addBlob(JSON.stringify(document), MEDIA_TYPES.ociConfig),
      layers: layers.map(layer => this.addBlob(layer, MEDIA_TYPES.ociLayer)),
    }
    return { manifest, ...this.addManifest(manifest, MEDIA_TYPES.ociManifest, tag) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      // The client has gone in the middle of its request.
      return
    }
    const heard = {
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
      range: request.headers.range,
      body: Buffer.concat(chunks).toString(),
      length: Buffer.concat(chunks).length,
    }
    this.heard.push(heard)
    if (await this.intruder(request, response, heard, Buffer.concat(chunks))) return
    if (['POST', 'PATCH', 'PUT'].includes(heard.method)) this.#take(request, heard, Buffer.concat(chunks), response)
    else this.#answer(heard, response)
  }

  /** Uploads, of which each has a number, and manifests. */
  #take(request: IncomingMessage, { method, url }: Heard, body: Buffer, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, 'http://registry')
    const session = /\/blobs\/uploads\/(\d*)$/.exec(pathname)?.[1]
    if (session === undefined) {
      const names = [pathname.split('/').at(-1)!, digestOf(body)]
      for (const name of names) this.manifests.set(name, { bytes: body, type: request.headers['content-type'] ?? '' })
      response.writeHead(201).end()
    } else if (this.blobs.has(searchParams.get('mount') ?? '')) response.writeHead(201).end()
    else if (method === 'PUT') this.#finish(session, searchParams.get('digest') ?? '', body, response)
    else {
      const name = session || String(this.uploads.size + 1)
      this.uploads.set(name, [...(this.uploads.get(name) ?? []), body])
      response.writeHead(202, { location: `${pathname.replace(/\d*$/, '')}${name}` }).end()
    }
  }

  #finish(session: string, digest: string, body: Buffer, response: ServerResponse): void {
    const whole = Buffer.concat([...(this.uploads.get(session) ?? []), body])
    if (digestOf(whole) === digest) {
      this.blobs.set(digest, whole)
      response.writeHead(201, { 'docker-content-digest': digest }).end()
    } else sendError(response, 400, 'DIGEST_INVALID', 'provided digest did not match')
  }

  #answer({ url, range }: Heard, response: ServerResponse): void {
    const [, kind, name = ''] = /\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? []
    const upload = this.uploads.get(/\/blobs\/uploads\/(\d+)$/.exec(url)?.[1] ?? '')
    if (upload) {
      const size = Buffer.concat(upload).length
      response.writeHead(204, { location: url, range: `0-${Math.max(0, size - 1)}` }).end()
    } else if (url === '/v2/') response.writeHead(200).end('{}')
    else if (kind === 'manifests' && this.manifests.has(name)) this.#answerManifest(name, response)
    else if (kind === 'blobs' && this.blobs.has(name)) sendBlob(this.blobs.get(name)!, range, response)
    else sendError(response, 404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN', 'manifest unknown')
  }

  #answerManifest(name: string, response: ServerResponse): void {
    const { bytes, type } = this.manifests.get(name)!
    response.writeHead(200, { 'content-type': type, 'docker-content-digest': digestOf(bytes) }).end(bytes)
  }
}

export function sendBlob(bytes: Buffer, range: string | undefined, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
  const rest = bytes.subarray(start)
  const headers = {
    'content-length': rest.length,
    'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
  }
  response.writeHead(range ? 206 : 200, headers).end(rest)
}

export function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ errors: [{ code, message }] }))
}

/** A 401 that names a token server. */
export function sendBearerChallenge(response: ServerResponse, realm: string): void {
  const challenge = `Bearer realm="${realm}",service="test",scope="repository:a:pull"`
  response.writeHead(401, { 'www-authenticate': challenge }).end()
}
