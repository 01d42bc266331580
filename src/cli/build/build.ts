import { writeFileSync } from 'node:fs'
import { bool, bytes, list, strings, text } from '../../formats/command-line/flag-types.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'
import { readInput } from '../terminal.ts'
import type { BuildOptions } from './build-options.ts'
import { csvPairs } from './csv-pairs.ts'
import { displayOf, PROGRESS_MODES, type ProgressMode } from './progress/display.ts'
import { type BuildAnswer, runBuild } from './run-build.ts'

const array = (usage: string, short?: string) => list(usage, { label: 'stringArray', ...(short && { short }) })
const IGNORED = { hidden: true } as const

export const command = defineCommand({
  usage: '[OPTIONS] PATH | URL | -',
  flags: {
    'add-host': strings('Add a custom host-to-IP mapping (format: "host:ip")'),
    allow: array('Allow extra privileged entitlement (e.g., "network.host", "security.insecure")'),
    annotation: array('Add annotation to the image'),
    attest: array('Attestation parameters (format: "type=sbom,generator=image")'),
    'build-arg': array('Set build-time variables'),
    'build-context': array('Additional build contexts (e.g., name=path)'),
    builder: text('Override the configured builder instance', IGNORED),
    'cache-from': array('External cache sources (e.g., "user/app:cache", "type=local,src=path/to/dir")'),
    'cache-to': array('Cache export destinations (e.g., "user/app:cache", "type=local,dest=path/to/dir")'),
    call: text('Set method for evaluating build ("check")', { default: 'build' }),
    'cgroup-parent': text('Set the parent cgroup for the "RUN" instructions during build'),
    check: bool('Shorthand for "--call=check"'),
    compress: bool('', IGNORED),
    'cpu-period': text('', IGNORED),
    'cpu-quota': text('', IGNORED),
    'cpu-shares': text('', { ...IGNORED, short: 'c' }),
    'cpuset-cpus': text('', IGNORED),
    'cpuset-mems': text('', IGNORED),
    explain: bool('Say of each step that runs what has changed since it ran before'),
    file: text('Name of the Dockerfile (default: "PATH/Dockerfile")', { short: 'f', complete: 'files' }),
    'force-rm': bool('', IGNORED),
    iidfile: text('Write the image ID to the file', { complete: 'files' }),
    isolation: text('', IGNORED),
    label: array('Set metadata for an image'),
    load: bool('Shorthand for "--output=type=docker"'),
    memory: text('', { ...IGNORED, short: 'm' }),
    'memory-swap': text('', IGNORED),
    'metadata-file': text('Write build result metadata to the file', { complete: 'files' }),
    network: text('Set the networking mode for the "RUN" instructions during build', {
      default: 'default',
    }),
    'no-cache': bool('Do not use cache when building the image'),
    'no-cache-filter': array('Do not cache specified stages'),
    output: array('Output destination (format: "type=local,dest=path")', 'o'),
    platform: array('Set target platform for build'),
    progress: text(
      'Set type of progress output ("auto", "plain", "tty", "quiet", "rawjson"). Use plain to show container output',
      {
        default: 'auto',
      },
    ),
    provenance: text('Shorthand for "--attest=type=provenance"'),
    pull: bool('Always attempt to pull all referenced images'),
    push: bool('Shorthand for "--output=type=registry"'),
    quiet: bool('Suppress the build output and print image ID on success', { short: 'q' }),
    rm: bool('', { ...IGNORED, default: true }),
    sbom: text('Shorthand for "--attest=type=sbom"'),
    secret: array('Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")'),
    'security-opt': list('', { ...IGNORED, label: 'stringArray' }),
    'shm-size': bytes('Shared memory size for build containers'),
    squash: bool('', IGNORED),
    ssh: array('SSH agent socket to expose to the build (format: "default|<id>[=<socket>]")'),
    tag: array('Name and optionally a tag (format: "name:tag")', 't'),
    target: text('Set the target build stage to build'),
    ulimit: list('Ulimit options', { label: 'ulimit', shownDefault: '[]' }),
  },
  operands: exactly(1),
  complete: 'files',
  async run({ flags, operands: [context = ''], session }) {
    const isPiped = flags.file === '-' && context !== '-'
    const options: BuildOptions = {
      context,
      dockerfile: isPiped ? '' : flags.file,
      ...(isPiped && { dockerfileText: await inputText() }),
      tags: flags.tag,
      target: flags.target,
      platforms: flags.platform,
      buildArgs: argumentsOf(flags['build-arg']),
      labels: pairsOf(flags.label),
      contexts: contextsOf(flags['build-context']),
      annotations: flags.annotation,
      outputs: flags.output,
      push: flags.push,
      load: flags.load,
      call: callOf(flags.check ? 'check' : flags.call),
      noCache: flags['no-cache'],
      noCacheFilter: flags['no-cache-filter'],
      explain: flags.explain,
      pull: flags.pull,
      secrets: flags.secret,
      ssh: flags.ssh,
      cacheFrom: flags['cache-from'],
      cacheTo: flags['cache-to'],
      attestations: attestationsOf(flags.attest, { provenance: flags.provenance, sbom: flags.sbom }),
      extraHosts: flags['add-host'],
      network: flags.network,
      shmSize: flags['shm-size'],
      ulimits: flags.ulimit,
      cgroupParent: flags['cgroup-parent'],
      entitlements: entitlementsOf(flags.allow, flags.network),
    }
    const mode = modeOf(flags.progress, session)
    const hasColour = session.stderr.isTerminal && !session.environment['NO_COLOR']
    const display = displayOf(flags.quiet ? 'quiet' : mode, session.stderr, hasColour)
    const answer = await runBuild(session, options, display)
    if (options.call === 'check') return printChecks(session, answer, flags.call.includes('format=json'))
    leave(flags, answer)
    if (flags.quiet) session.print(imageId(answer))
    return 0
  },
})

async function inputText(): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of readInput()) parts.push(part)
  return Buffer.concat(parts).toString()
}

/** `check`, `check,format=json`. */
function callOf(given: string): BuildOptions['call'] {
  const [name = ''] = given.split(',')
  if (name === '' || name === 'build') return ''
  if (name === 'check' || name === 'lint') return 'check'
  throw new CommandFailure(`ERROR: --call=${name} is not implemented by Berth: check is`)
}

/** The exit code is the builder's: 1 if there is anything to tell. */
function printChecks(session: Session, { response }: BuildAnswer, isJson: boolean): number {
  const { 'result.json': json = '', 'result.txt': shown = '', 'result.statuscode': code = '0' } = response
  if (isJson) {
    session.print(json)
    return Number(code)
  }
  const count = shown.match(/^WARNING: /gm)?.length ?? 0
  const found =
    count === 0 ? 'no warnings found.' : `${count} ${count === 1 ? 'warning has' : 'warnings have'} been found!`
  session.print(`Check complete, ${found}`)
  if (count > 0) session.print(shown.trimEnd())
  return Number(code)
}

function modeOf(given: string, session: Session): ProgressMode {
  const wanted = given === 'auto' ? session.environment['BUILDKIT_PROGRESS'] || given : given
  const mode = PROGRESS_MODES.find(known => known === wanted)
  if (!mode) throw new CommandFailure(`ERROR: invalid progress mode ${wanted}`)
  return mode
}

const argumentsOf = (texts: readonly string[]): Record<string, string | undefined> =>
  Object.fromEntries(
    texts.map(given => {
      const at = given.indexOf('=')
      return at < 0 ? [given, undefined] : [given.slice(0, at), given.slice(at + 1)]
    }),
  )

const pairsOf = (texts: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(argumentsOf(texts)).map(([name, value]) => [name, value ?? '']))

function contextsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map(given => {
      const at = given.indexOf('=')
      if (at <= 0) throw new CommandFailure(`ERROR: invalid context value: ${given}, expected key=value`)
      return [given.slice(0, at), given.slice(at + 1)]
    }),
  )
}

/** `--provenance=false` takes back what would be made otherwise. */
function attestationsOf(texts: readonly string[], shorthands: Record<string, string>): Record<string, string> {
  const found: Record<string, string> = {}
  for (const given of texts) {
    const pairs = csvPairs(given) ?? []
    const type = pairs.find(([name]) => name === 'type')?.[1]
    if (!type) throw new CommandFailure(`ERROR: attestation type not specified`)
    found[type] = pairs.map(([name, value]) => `${name}=${value}`).join(',')
  }
  for (const [kind, value] of Object.entries(shorthands)) {
    if (value === '') continue
    const isPlain = value === 'true' || value === 'false'
    found[kind] = isPlain ? `type=${kind},disabled=${value === 'false'}` : `type=${kind},${value}`
  }
  return found
}

/** Whoever asks for the network of the host has been asked: the flag says it. */
const entitlementsOf = (allowed: readonly string[], network: string): string[] =>
  network === 'host' && !allowed.includes('network.host') ? [...allowed, 'network.host'] : [...allowed]

const imageId = ({ response }: BuildAnswer): string =>
  response['containerimage.config.digest'] ?? response['containerimage.digest'] ?? ''

function leave(flags: { iidfile: string; 'metadata-file': string }, answer: BuildAnswer): void {
  if (flags.iidfile) write(flags.iidfile, imageId(answer))
  if (flags['metadata-file']) write(flags['metadata-file'], metadataOf(answer))
}

function metadataOf({ ref, response }: BuildAnswer): string {
  const all: Record<string, string> = { ...response, 'buildx.build.ref': `default/default/${ref}` }
  return JSON.stringify(
    Object.fromEntries(
      Object.keys(all)
        .sort()
        .map(name => [name, readable(all[name]!)]),
    ),
    null,
    2,
  )
}

/** Some values are documents of their own, in base64 or as they are. */
function readable(value: string): unknown {
  for (const text of [value, Buffer.from(value, 'base64').toString()]) {
    if (!text.startsWith('{')) continue
    try {
      return JSON.parse(text)
    } catch {
      return value
    }
  }
  return value
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o666 })
  } catch (failure) {
    throw new CommandFailure(`ERROR: failed to write ${path}: ${messageOf(failure)}`, 1, failure)
  }
}
