import { createHash } from 'node:crypto'
import type { TarEntry } from '../../../src/formats/tar/entry.ts'
import { TarParser } from '../../../src/formats/tar/parser.ts'
import { must } from '../../kit/run.ts'

/** What an image comes to, without what differs from build to build: the times and the digests. */
export type ImageFacts = { config: unknown; history: unknown; files: string[] }

/** Made by the runtime for every container. */
const STUBS = /^(\.dockerenv|dev(\/.*)?|etc|proc\/?|sys\/?|etc\/(hosts|hostname|resolv\.conf|mtab))$/

export async function imageFacts(host: string, image: string): Promise<ImageFacts> {
  const docker = (...args: string[]) => must(['docker', '-H', host, ...args])
  const [inspected] = JSON.parse(await docker('image', 'inspect', image))
  const history = await docker('history', '--no-trunc', '--format', '{{.CreatedBy}}\t{{.Comment}}', image)
  const container = (await docker('create', image, 'x')).trim()
  try {
    const child = Bun.spawn(['docker', '-H', host, 'export', container], { stdout: 'pipe' })
    const files = await membersOf(child.stdout)
    return { config: configOf(inspected), history: history.trim().split('\n'), files }
  } finally {
    await docker('rm', container)
  }
}

type Inspected = { Config: Record<string, unknown>; Author: string; Architecture: string; Os: string }

function configOf({ Config, Author, Architecture, Os }: Inspected): unknown {
  const entries = Object.entries(Config).filter(([, value]) => !isNothing(value))
  return { Author, Architecture, Os, Config: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) }
}

const isNothing = (value: unknown): boolean =>
  value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0)

async function membersOf(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const lines: string[] = []
  let hash = createHash('sha256')
  let now: TarEntry | undefined
  const parser = new TarParser({
    entry: entry => {
      now = entry
      hash = createHash('sha256')
    },
    data: (chunk, start, end) => void hash.update(chunk.subarray(start, end)),
    done: () => {
      if (now && !STUBS.test(now.name)) lines.push(lineOf(now, hash.digest('hex')))
    },
  })
  for await (const chunk of stream) parser.push(chunk)
  parser.end()
  return lines.sort()
}

function lineOf({ name, type, mode, uid, gid, linkName, size, attributes }: TarEntry, digest: string): string {
  const about = type === 'file' ? `${size} ${digest.slice(0, 12)}` : linkName
  const extra = [...attributes].map(([key, value]) => `${key}=${Buffer.from(value).toString('hex')}`)
  return [name.replace(/\/$/, ''), type, mode.toString(8), uid, gid, about, ...extra].join(' ')
}
