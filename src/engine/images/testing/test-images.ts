import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProgressLine } from '../../../formats/engine-api/common.ts'
import type { Platform } from '../../../formats/platform/platform.ts'
import { parseReference } from '../../../formats/reference/reference.ts'
import { tarEntry } from '../../../formats/tar/entry.ts'
import { encodeFile, TAR_END } from '../../../formats/tar/writer.ts'
import { Blobs } from '../../../store/blobs/blobs.ts'
import { type Database, openDatabase } from '../../../store/database/database.ts'
import { Layers } from '../../../store/layers/layers.ts'
import type { ImageUser } from '../image.ts'
import { Images } from '../images.ts'
import type { Credentials } from '../registry/credentials.ts'
import { DEFAULT_REGISTRY_SETTINGS, type RegistrySettings } from '../registry/settings.ts'

export const TEST_SETTINGS: RegistrySettings = {
  ...DEFAULT_REGISTRY_SETTINGS,
  retryBaseMs: 1,
  stallMs: 10_000,
  certificateDirectories: [],
}

/** Images over a real store in a directory of its own, for tests. */
export class TestImages implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'berth-images-'))
  readonly events: string[] = []
  readonly users = new Map<string, ImageUser[]>()
  settings: RegistrySettings = TEST_SETTINGS
  database!: Database
  layers!: Layers
  blobs!: Blobs
  images!: Images

  constructor() {
    this.open()
  }

  /** As a daemon that starts. */
  open(): void {
    this.database = openDatabase(join(this.directory, 'berth.db'))
    this.blobs = new Blobs(this.directory)
    this.layers = new Layers(this.directory, this.database, this.blobs)
    this.images = new Images({
      database: this.database,
      layers: this.layers,
      blobs: this.blobs,
      events: { emit: (_, action, id, attributes) => void this.events.push(`${action} ${id} ${attributes?.name}`) },
      registries: () => this.settings,
      usersOf: id => this.users.get(id) ?? [],
    })
    this.images.recover()
  }

  /** Lines of a pull that succeeds. */
  async pull(
    name: string,
    more: { credentials?: Credentials; signal?: AbortSignal; report?: (line: ProgressLine) => void } = {},
  ): Promise<ProgressLine[]> {
    const lines: ProgressLine[] = []
    const { signal = new AbortController().signal, report, ...rest } = more
    const tell = (line: ProgressLine) => {
      lines.push(line)
      report?.(line)
    }
    await this.images.pull({ reference: parseReference(name), ...rest }, tell, signal)
    return lines
  }

  /** Lines of a push that succeeds. */
  async push(
    name: string,
    more: { credentials?: Credentials; signal?: AbortSignal; platform?: Platform } = {},
  ): Promise<ProgressLine[]> {
    const lines: ProgressLine[] = []
    const { signal = new AbortController().signal, ...rest } = more
    await this.images.push({ reference: parseReference(name), ...rest }, line => void lines.push(line), signal)
    return lines
  }

  /** An image of these layers, each given as its files. */
  async make(name: string, ...layers: Record<string, string | Uint8Array>[]): Promise<string> {
    const diffIds: string[] = []
    for (const files of layers)
      diffIds.push((await this.layers.ingest(once(tarOf(files)), {}, { keepBlob: false })).diffId)
    const config = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } }
    return this.images.records.put({ configBytes: Buffer.from(JSON.stringify(config)) }, [parseReference(name)]).id
  }

  /** What is on the disk once the background has come to rest. */
  async contents(): Promise<{ blobs: number; layers: number; rest: string[] }> {
    await this.layers.settled()
    const list = (path: string) => readdirSync(join(this.directory, path))
    return { blobs: list('blobs/sha256').length, layers: list('layers').length, rest: list('tmp') }
  }

  async close(): Promise<void> {
    await this.layers.settled()
    this.database.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

const { name: _name, type: _type, size: _size, ...DETAILS } = tarEntry({ name: '', type: 'file' })

/** A tar with these files. */
export const tarOf = (files: Record<string, string | Uint8Array>): Buffer =>
  Buffer.concat([
    ...Object.entries(files).map(([name, content]) => encodeFile(name, Buffer.from(content as string), DETAILS)),
    TAR_END,
  ])

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

export async function collected(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}
