import { statSync } from 'node:fs'
import { CommandFailure } from '../failures.ts'
import type { Session } from '../session.ts'
import type { BuildOptions } from './build-options.ts'
import { csvPairs } from './csv-pairs.ts'
import type { Destination } from './session/export-service.ts'

export type Output = { type: string; attributes: Record<string, string>; destination?: Destination }

/** Where a build goes, from `-o`, `--push`, `--load` and `-t`. Nothing said: into the image store. */
export function outputsOf(options: BuildOptions, session: Session): Output[] {
  const given = options.outputs.map(text => parseOutput(text, session))
  const all = withShorthands(given, options)
  const images = all.length > 0 ? all : [{ type: 'image', attributes: {} }]
  return images.map(output => (IMAGES.has(output.type) ? named(output, options) : output))
}
const IMAGES = new Set(['image', 'oci', 'docker'])

function withShorthands(outputs: Output[], { push, load }: BuildOptions): Output[] {
  const all = outputs.map(output => ({ ...output }))
  if (push) {
    const images = all.filter(({ type }) => type === 'image')
    for (const image of images) image.attributes = { ...image.attributes, push: 'true' }
    if (images.length === 0) all.push({ type: 'image', attributes: { push: 'true' } })
  }
  if (load && !all.some(({ type, destination }) => type === 'image' && !destination)) {
    all.push({ type: 'image', attributes: {} })
  }
  return all
}

function named(output: Output, { tags, annotations }: BuildOptions): Output {
  const attributes: Record<string, string> = { ...output.attributes }
  if (tags.length > 0) attributes['name'] = tags.join(',')
  if (attributes['push'] === 'true' && !attributes['name']) {
    throw new CommandFailure('ERROR: tag is needed when pushing to registry')
  }
  for (const annotation of annotations) Object.assign(attributes, annotationOf(annotation))
  return { ...output, attributes }
}

/** `key=value`, `index,manifest:key=value`, `manifest[linux/amd64]:key=value`. */
function annotationOf(text: string): Record<string, string> {
  const match =
    /^(?:((?:(?:manifest|index|manifest-descriptor|index-descriptor)(?:\[[^\]]*\])?,?)+):)?([^=]+)=(.*)$/s.exec(text)
  if (!match) throw new CommandFailure(`ERROR: invalid annotation "${text}", expected key=value`)
  const kinds = match[1]?.split(',') ?? ['']
  return Object.fromEntries(kinds.map(kind => [annotationKey(kind, match[2]!), match[3]!]))
}

function annotationKey(kind: string, key: string): string {
  const [, name = '', platform = ''] = /^([a-z-]*)(\[[^\]]*\])?$/.exec(kind) ?? []
  return `annotation${name === '' || name === 'manifest' ? '' : `-${name}`}${platform}.${key}`
}

/** `dest` alone is a directory, `-` alone a tar on standard output. */
function parseOutput(text: string, session: Session): Output {
  const pairs = csvPairs(text)
  if (!pairs) return text === '-' ? destined('tar', {}, '-', session) : destined('local', {}, text, session)
  const { type = '', dest = '', ...attributes } = Object.fromEntries(pairs) as Record<string, string>
  if (type === '') throw new CommandFailure('ERROR: type is required for output')
  if (type === 'registry') return { type: 'image', attributes: { ...attributes, push: 'true' } }
  if (type === 'docker' && dest === '') return { type: 'image', attributes }
  return destined(type, attributes, dest, session)
}

function destined(type: string, attributes: Record<string, string>, dest: string, session: Session): Output {
  if (type === 'image' || type === 'cacheonly') return { type, attributes }
  if (!['local', 'tar', 'oci', 'docker'].includes(type))
    throw new CommandFailure(`ERROR: unsupported output type ${type}`)
  if (type === 'local') return { type, attributes, destination: directory(dest, 'local') }
  if (attributes['tar'] === 'false') return { type, attributes, destination: directory(dest, type) }
  return { type, attributes, destination: archive(type, dest, session) }
}

function directory(path: string, type: string): Destination {
  if (path === '') throw new CommandFailure(`ERROR: dest is required for ${type} exporter`)
  if (path === '-') throw new CommandFailure(`ERROR: dest cannot be stdout for ${type} exporter`)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new CommandFailure(`ERROR: destination directory ${path} is a file`)
  }
  return { kind: 'directory', path }
}

function archive(type: string, path: string, session: Session): Destination {
  if (path === '' || path === '-') {
    if (!session.stdout.isTerminal) return { kind: 'stdout' }
    throw new CommandFailure(`ERROR: dest file is required for ${type} exporter. refusing to write to console`)
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandFailure(`ERROR: destination file ${path} is a directory`)
  }
  return { kind: 'file', path }
}
