import { posix } from 'node:path'
import type { CommandLine, Instruction, Stage } from '../../../formats/dockerfile/dockerfile.ts'
import { parseTrigger } from '../../../formats/dockerfile/parse.ts'
import { expandWords } from '../../../formats/dockerfile/shell-word.ts'
import type { ImageDefaults } from '../../../formats/oci-image/config.ts'
import { PortError, parsePublished } from '../../../formats/ports/ports.ts'
import { parseSignal } from '../../../formats/signals/signals.ts'
import { buildFaults } from '../faults.ts'
import type { StageVariables } from './arguments.ts'
import { atPlace } from './at-place.ts'
import { healthText, plainList, quotedList, setOf } from './go-print.ts'
import { planCopy } from './plan-copy.ts'
import { planRun } from './plan-run.ts'
import type { PlannedInstruction } from './planned.ts'
import { SHELL, type StageScope, type StageSettings } from './stage-scope.ts'
import { withoutCredentials } from './without-credentials.ts'

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

  get #scope(): StageScope {
    return { settings: this.#settings, config: this.#config, word: text => this.#word(text) }
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
        return planRun(instruction, this.#scope)
      case 'copy':
      case 'add':
        return planCopy(instruction, this.#scope)
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

const asSet = (names: string[]): Record<string, Record<string, never>> =>
  Object.fromEntries(names.map(name => [name, {}]))
