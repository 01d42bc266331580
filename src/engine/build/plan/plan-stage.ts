import { posix } from 'node:path'
import { isDigest } from '../../../formats/digest/digest.ts'
import type {
  AddInstruction,
  CommandLine,
  CopyInstruction,
  Escape,
  Instruction,
  RunInstruction,
  Stage,
} from '../../../formats/dockerfile/dockerfile.ts'
import { parseTrigger } from '../../../formats/dockerfile/parse.ts'
import { parseRunMount } from '../../../formats/dockerfile/run-mount.ts'
import { expandWords } from '../../../formats/dockerfile/shell-word.ts'
import { isGitUrl } from '../../../formats/git-url/git-url.ts'
import type { ImageDefaults } from '../../../formats/oci-image/config.ts'
import { PortError, parsePublished } from '../../../formats/ports/ports.ts'
import { parseSignal } from '../../../formats/signals/signals.ts'
import { matcherOf } from '../check-patterns.ts'
import { buildFaults } from '../faults.ts'
import type { StageVariables } from './arguments.ts'
import { atPlace } from './at-place.ts'
import { healthText, plainList, quotedList, setOf } from './go-print.ts'
import type { PlannedInstruction } from './planned.ts'
import type { CopyStep, RunStep, StepSource } from './step.ts'

const SHELL = ['/bin/sh', '-c']
const RUN_SUFFIX = ' # buildkit'

export type StageSettings = {
  escape: Escape
  variables: StageVariables
  /** Of the base image. */
  config: ImageDefaults
  labels: Record<string, string>
  /** What a name in `--from` stands for. */
  sourceOf: (name: string) => StepSource
  entitlements: readonly string[]
  network: string
}

type Outcome = { instructions: PlannedInstruction[]; config: ImageDefaults; author?: string }

/** Goes through the instructions of a stage, those that its base image left for it first. */
export function planStage(stage: Stage, settings: StageSettings): Outcome {
  const triggers = (settings.config.OnBuild ?? []).map(parseTrigger)
  const planning = new Planning(settings)
  for (const trigger of triggers) planning.take({ ...trigger, span: stage.span }, true)
  for (const instruction of stage.instructions) planning.take(instruction)
  return planning.finish()
}

class Planning {
  readonly #settings: StageSettings
  readonly #variables: StageVariables
  readonly #config: ImageDefaults
  readonly #instructions: PlannedInstruction[] = []
  #author: string | undefined
  #commandIsOwn = false

  constructor(settings: StageSettings) {
    this.#settings = settings
    this.#variables = settings.variables
    const { OnBuild: _, ...config } = settings.config
    this.#config = { ...config }
  }

  finish(): Outcome {
    const { labels } = this.#settings
    if (Object.keys(labels).length > 0) this.#config.Labels = { ...this.#config.Labels, ...labels }
    this.#config.Env = this.#variables.env
    return { instructions: this.#instructions, config: this.#config, ...(this.#author && { author: this.#author }) }
  }

  take(instruction: Instruction, isTrigger = false): void {
    const { original, span } = instruction
    const planned = atPlace(span, () => this.#plan(instruction))
    const shown = withoutCredentials(original)
    this.#instructions.push({ shown, span, ...planned, ...(isTrigger && { isTrigger }) })
  }

  #plan(instruction: Instruction): Partial<PlannedInstruction> {
    switch (instruction.kind) {
      case 'run':
        return this.#run(instruction)
      case 'copy':
      case 'add':
        return this.#copy(instruction)
      case 'env':
        return this.#env(instruction.pairs)
      case 'label':
        return this.#label(instruction.pairs)
      case 'arg':
        return this.#arg(instruction.args)
      case 'workdir':
        return this.#workdir(this.#word(instruction.path))
      case 'cmd':
        return this.#cmd(instruction.command)
      case 'entrypoint':
        return this.#entrypoint(instruction.command)
      case 'expose':
        return this.#expose(instruction.ports)
      case 'volume':
        return this.#volume(instruction.volumes)
      default:
        return this.#simple(instruction)
    }
  }

  #simple(
    instruction: Extract<
      Instruction,
      { kind: 'user' | 'stopsignal' | 'shell' | 'maintainer' | 'onbuild' | 'healthcheck' }
    >,
  ): Partial<PlannedInstruction> {
    const config = this.#config
    switch (instruction.kind) {
      case 'user':
        config.User = this.#word(instruction.user)
        return { history: `USER ${config.User}` }
      case 'stopsignal':
        config.StopSignal = checkedSignal(this.#word(instruction.signal))
        return { history: `STOPSIGNAL ${config.StopSignal}` }
      case 'shell':
        config.Shell = instruction.shell
        return { history: `SHELL ${plainList(instruction.shell)}` }
      case 'maintainer':
        this.#author = instruction.maintainer
        return { history: `MAINTAINER ${instruction.maintainer}` }
      case 'onbuild':
        config.OnBuild = [...(config.OnBuild ?? []), instruction.expression]
        return {}
      case 'healthcheck':
        return this.#health(instruction.health)
    }
  }

  #word(word: string): string {
    return this.#variables.expand(word, this.#settings.escape)
  }

  #env(pairs: { key: string; value: string }[]): Partial<PlannedInstruction> {
    const expanded = pairs.map(({ key, value }) => [this.#word(key), this.#word(value)] as const)
    for (const [key, value] of expanded) this.#variables.setEnv(key, value)
    return { history: `ENV ${expanded.map(([key, value]) => `${key}=${value}`).join(' ')}` }
  }

  #label(pairs: { key: string; value: string }[]): Partial<PlannedInstruction> {
    const expanded = pairs.map(({ key, value }) => [this.#word(key), this.#word(value)] as const)
    this.#config.Labels = { ...this.#config.Labels, ...Object.fromEntries(expanded) }
    return { history: `LABEL ${expanded.map(([key, value]) => `${key}=${value}`).join(' ')}` }
  }

  #arg(args: { key: string; value?: string }[]): Partial<PlannedInstruction> {
    const shown = args.map(({ key, value }) => {
      const expanded = value === undefined ? undefined : this.#word(value)
      this.#variables.declare(key, expanded)
      return expanded === undefined ? key : `${key}=${expanded}`
    })
    return { history: `ARG ${shown.join(' ')}` }
  }

  #workdir(path: string): Partial<PlannedInstruction> {
    this.#config.WorkingDir = posix.resolve('/', this.#config.WorkingDir || '/', path)
    const step = { kind: 'directory', path: this.#config.WorkingDir, user: this.#config.User ?? '' } as const
    return { history: `WORKDIR ${this.#config.WorkingDir}`, step, shown: `WORKDIR ${this.#config.WorkingDir}` }
  }

  #command({ form, arguments: words }: CommandLine): string[] {
    return form === 'exec' ? words : [...(this.#config.Shell ?? SHELL), words[0] ?? '']
  }

  #cmd(command: CommandLine): Partial<PlannedInstruction> {
    this.#config.Cmd = this.#command(command)
    this.#config.ArgsEscaped = true
    this.#commandIsOwn = true
    return { history: `CMD ${quotedList(this.#config.Cmd)}` }
  }

  /** A command of the base image belongs to the base image's entrypoint. */
  #entrypoint(command: CommandLine): Partial<PlannedInstruction> {
    this.#config.Entrypoint = this.#command(command)
    if (!this.#commandIsOwn) delete this.#config.Cmd
    return { history: `ENTRYPOINT ${quotedList(this.#config.Entrypoint)}` }
  }

  #expose(ports: string[]): Partial<PlannedInstruction> {
    const { escape: by } = this.#settings
    const words = ports.flatMap(port => expandWords(port, this.#variables.all, { escape: by }))
    const exposed = words.flatMap(exposedPorts)
    this.#config.ExposedPorts = { ...this.#config.ExposedPorts, ...asSet(exposed) }
    return { history: `EXPOSE ${setOf(exposed)}` }
  }

  #volume(volumes: string[]): Partial<PlannedInstruction> {
    const paths = volumes.map(path => this.#word(path))
    this.#config.Volumes = { ...this.#config.Volumes, ...asSet(paths) }
    return { history: `VOLUME ${plainList(paths)}` }
  }

  #health(health: Parameters<typeof healthText>[0]): Partial<PlannedInstruction> {
    const { test, interval, timeout, startPeriod, startInterval, retries } = health
    this.#config.Healthcheck = {
      Test: test,
      ...(interval > 0 && { Interval: interval }),
      ...(timeout > 0 && { Timeout: timeout }),
      ...(startPeriod > 0 && { StartPeriod: startPeriod }),
      ...(startInterval > 0 && { StartInterval: startInterval }),
      ...(retries > 0 && { Retries: retries }),
    }
    return { history: `HEALTHCHECK ${healthText(health)}` }
  }

  #run(instruction: RunInstruction): Partial<PlannedInstruction> {
    const { args, shown, scripts } = this.#runCommand(instruction.command)
    for (const { name } of instruction.devices) throw buildFaults.DEVICE(name)
    this.#checkEntitlements(instruction)
    const step: RunStep = {
      kind: 'run',
      args,
      shown,
      scripts,
      env: this.#variables.ofRun,
      directory: this.#config.WorkingDir || '/',
      user: this.#config.User ?? '',
      mounts: instruction.mounts.map(text => this.#mount(text)),
      network: instruction.network,
      insecure: instruction.security === 'insecure',
    }
    const used = this.#variables.used
    const prefix = used.length > 0 ? `|${used.length} ${used.join(' ')} ` : ''
    return { step, history: `RUN ${prefix}${shown}${RUN_SUFFIX}` }
  }

  #checkEntitlements({ security, network }: RunInstruction): void {
    const { entitlements } = this.#settings
    if (security === 'insecure' && !entitlements.includes('security.insecure'))
      throw buildFaults.ENTITLEMENT('security.insecure')
    if (network === 'host' && !entitlements.includes('network.host')) throw buildFaults.ENTITLEMENT('network.host')
  }

  /** Heredocs: one alone is a script, for its own interpreter if it names one; beside a command they are files that the shell reads. */
  #runCommand({ form, arguments: words, files }: CommandLine): Pick<RunStep, 'args' | 'shown' | 'scripts'> {
    const shell = this.#config.Shell ?? SHELL
    if (files.length === 0) {
      const args = form === 'exec' ? words : [...shell, words[0] ?? '']
      return { args, shown: args.join(' '), scripts: [] }
    }
    const [first] = files
    const command = words[0] ?? ''
    const isScript = files.length === 1 && /^<<-?\s*['"]?[^\s'"]+['"]?\s*$/.test(command.trim())
    if (!isScript || !first) {
      const text = command + files.map(({ data, name }) => `\n${data}${name}`).join('')
      return { args: [...shell, text], shown: [...shell, text].join(' '), scripts: [] }
    }
    const data = first.chomp ? first.data.replace(/^\t+/gm, '') : first.data
    if (!data.startsWith('#!')) return { args: [...shell, data], shown: [...shell, data].join(' '), scripts: [] }
    const path = `/dev/pipes/${first.name}`
    const args = [...shell, path]
    return { args, shown: args.join(' '), scripts: [{ path, text: data }] }
  }

  #mount(text: string): RunStep['mounts'][number] {
    const mount = parseRunMount(text, value => this.#word(value))
    const target = posix.resolve('/', this.#config.WorkingDir || '/', mount.target ?? defaultTarget(mount))
    if (target === '/') throw buildFaults.MOUNT_TARGET(target)
    const view = mount.from
      ? this.#settings.sourceOf(mount.from)
      : mount.type === 'bind'
        ? ({ kind: 'context', name: 'context' } as const)
        : undefined
    return { ...mount, target, targetIsGiven: mount.target !== undefined, ...(view && { view }) }
  }

  #copy(instruction: CopyInstruction | AddInstruction): Partial<PlannedInstruction> {
    const isAdd = instruction.kind === 'add'
    const keyword = isAdd ? 'ADD' : 'COPY'
    const all = instruction.sources.map(source => this.#word(source))
    const remotes = isAdd ? all.filter(isRemote) : []
    const sources = all.filter(source => !remotes.includes(source))
    const contents = instruction.contents.map(file => ({
      ...file,
      data: file.expand ? this.#content(file.data) : file.data,
      expand: false,
    }))
    const written = this.#word(instruction.destination)
    if (all.length + contents.length > 1 && !/(^|\/)\.?$/.test(written)) throw buildFaults.DESTINATION(keyword)
    const checksum = isAdd && instruction.checksum ? this.#word(instruction.checksum) : undefined
    if (checksum) checkChecksum(checksum, all)
    const exclude = instruction.exclude.map(pattern => this.#word(pattern))
    matcherOf('--exclude', exclude)
    const step: CopyStep = {
      kind: 'copy',
      keyword,
      from:
        !isAdd && instruction.from
          ? this.#settings.sourceOf(this.#word(instruction.from))
          : { kind: 'context', name: 'context' },
      sources,
      remotes,
      contents,
      destination: this.#absolute(written),
      ...(instruction.chown && { chown: this.#word(instruction.chown) }),
      ...(instruction.chmod && { chmod: this.#word(instruction.chmod) }),
      link: instruction.link,
      parents: !isAdd && instruction.parents,
      exclude,
      unpack: !isAdd || instruction.unpack === false ? 'never' : instruction.unpack === true ? 'always' : 'local',
      ...(checksum && { checksum }),
      keepGitDirectory: isAdd && instruction.keepGitDir === true,
    }
    const flags = [step.chown && `--chown=${step.chown}`, step.chmod && `--chmod=${step.chmod}`].filter(Boolean)
    const names = [...all.map(withoutCredentials), ...contents.map(({ path }) => `<<${path}`)]
    return { step, history: `${[keyword, ...flags, ...names, written].join(' ')}${RUN_SUFFIX}` }
  }

  #content(data: string): string {
    const { escape: by } = this.#settings
    return this.#variables.expandContent(data, by)
  }

  /** A slash at the end says that it is a directory, and so does `.`. */
  #absolute(path: string): string {
    const clean = posix.resolve('/', this.#config.WorkingDir || '/', path)
    return /(^|\/)\.?$/.test(path) && clean !== '/' ? `${clean}/` : clean
  }
}

/** Users and passwords in URLs are in no progress, history or cache [CVE-2023-26054, CVE-2025-0495]. */
const withoutCredentials = (text: string): string =>
  text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:"']*(:[^\s/@"']*)?@/gi, (_, scheme, password) =>
    password === undefined ? `${scheme}xxxxx@` : `${scheme}xxxxx:xxxxx@`,
  )

/** Of one file from elsewhere: a digest, or the commit of a repository. */
function checkChecksum(checksum: string, sources: readonly string[]): void {
  const [source, ...others] = sources
  if (others.length > 0) throw buildFaults.CHECKSUM_OF("can't be specified for multiple sources")
  if (!source || !isRemote(source)) throw buildFaults.CHECKSUM_OF('requires HTTP(S) or Git sources')
  const isGood = isGitUrl(source) ? /^[0-9a-f]{7,64}$/.test(checksum) : isDigest(checksum)
  if (!isGood) throw buildFaults.CHECKSUM_FORMAT()
}

function checkedSignal(signal: string): string {
  if (parseSignal(signal) === undefined) throw buildFaults.SIGNAL(signal)
  return signal
}

/** An old form names a port of the host, which says nothing here. */
function exposedPorts(word: string): string[] {
  try {
    return parsePublished(word).map(({ port }) => port)
  } catch (failure) {
    throw failure instanceof PortError ? buildFaults.PORT(failure.message, { cause: failure }) : failure
  }
}

const isRemote = (source: string): boolean => /^https?:\/\//.test(source) || isGitUrl(source)
const asSet = (names: string[]): Record<string, Record<string, never>> =>
  Object.fromEntries(names.map(name => [name, {}]))

function defaultTarget({ type, id }: { type: string; id?: string }): string {
  if (type === 'secret') return `/run/secrets/${(id ?? '').split('/').at(-1)}`
  if (type === 'ssh') return '/run/buildkit/ssh_agent.0'
  return '/'
}
