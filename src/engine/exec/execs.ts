import { rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { asFault, type Fault } from '../../base/faults.ts'
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../formats/detach-keys/detach-keys.ts'
import type { ExecCreate, ExecInspect } from '../../formats/engine-api/container.ts'
import { frame, STDOUT } from '../../formats/multiplexed-stream/multiplexed-stream.ts'
import type { AttachStreams, Exit, Monitor } from '../../host/monitor/monitor.ts'
import { bridge } from '../containers/attach.ts'
import { isRunning } from '../containers/container.ts'
import type { Containers } from '../containers/containers.ts'
import { emit, pathsOf } from '../containers/context.ts'
import { KILLED } from '../containers/exit.ts'
import type { LiveContainer } from '../containers/live-container.ts'
import { describeExecFailure, runtimeComplaint } from '../containers/start-failure.ts'
import { findExecs } from './adopt-execs.ts'
import { type Exec, inspectExec } from './exec.ts'
import { ExecTable } from './exec-table.ts'
import { execFaults } from './faults.ts'
import { launchExec } from './launch-exec.ts'

const COULD_NOT_RUN = 126

/** Programs that are run in containers beside the first one. */
export class Execs {
  readonly #containers: Containers
  readonly #table = new ExecTable()

  constructor(containers: Containers) {
    this.#containers = containers
    containers.onRemoved(id => this.#table.forgetContainer(id))
  }

  /** Takes over what an earlier daemon started, with the exit of what ended meanwhile. */
  async recover(): Promise<void> {
    const running = this.#containers.all().filter(({ record }) => isRunning(record.state))
    await Promise.all(running.map(container => this.#adopt(container)))
  }

  async #adopt(container: LiveContainer): Promise<void> {
    const { execs } = pathsOf(this.#containers.context, container)
    for (const { exec, monitor, exit, directory } of await findExecs(execs, container.id)) {
      this.#table.adopt(container, exec)
      if (monitor) await this.#follow(exec, monitor, directory).catch(() => this.#close(exec, COULD_NOT_RUN))
      else await this.#endedMeanwhile(exec, exit, directory)
    }
  }

  async #endedMeanwhile(exec: Exec, exit: Exit | undefined, directory: string): Promise<void> {
    this.#end(exec, exit ?? { code: KILLED })
    await rm(directory, { recursive: true, force: true })
  }

  /** Throws 400, 404 and 409 faults. Answers the id. */
  create(given: string, config: ExecCreate): string {
    const container = this.#containers.get(given)
    refuse(container, given)
    if (!config.Cmd || config.Cmd.length === 0) throw execFaults.NO_COMMAND()
    const exec = this.#table.create(container, config)
    this.#emit(exec, `exec_create: ${config.Cmd.join(' ')}`)
    return exec.id
  }

  inspect(id: string): ExecInspect {
    return inspectExec(this.#table.get(id))
  }

  /** The exec, claimed for the one start that it has; throws 404 and 409 faults. */
  claim(id: string): Exec {
    const exec = this.#table.get(id)
    if (exec.status === 'ended') throw execFaults.HAS_RUN(id)
    if (exec.status !== 'created') throw execFaults.IS_RUNNING(id)
    const container = this.#containers.get(exec.containerId)
    refuse(container, container.record.name)
    exec.status = 'starting'
    return exec
  }

  /** Back when it runs; nobody is joined to its streams. Throws a 400 fault in the runtime's words. */
  async startDetached(id: string): Promise<void> {
    await this.#start(this.claim(id), undefined)
  }

  /** Back when its output and it have ended, or the client has gone. A failure is told in the stream, as Docker does. */
  async startAttached(exec: Exec, client: Duplex, consoleSize?: [number, number]): Promise<void> {
    if (consoleSize) exec.config.ConsoleSize = consoleSize
    try {
      const { attachment, exited } = await this.#start(exec, streamsOf(exec))
      if (!attachment) return
      const keys = exec.config.Tty ? detachKeys(exec) : new Uint8Array()
      const ending = await bridge(client, attachment, exec.config.AttachStdin ?? false, keys)
      if (ending === 'detached') this.#emit(exec, 'exec_detach')
      // The client asks for the exit code as soon as its stream ends.
      else if (!client.destroyed) await exited
    } catch (failure) {
      const text = `${asFault(failure).message}\r\n`
      client.write(exec.config.Tty ? text : frame(STDOUT, text))
    }
  }

  resize(id: string, rows: number, columns: number): void {
    const exec = this.#table.get(id)
    if (!exec.monitor) throw execFaults.NOT_STARTED(id)
    exec.monitor.resize(rows, columns)
  }

  async #start(
    exec: Exec,
    streams: AttachStreams | undefined,
  ): Promise<{ attachment?: Socket; exited: Promise<void> }> {
    const container = this.#containers.get(exec.containerId)
    this.#emit(exec, `exec_start: ${exec.config.Cmd?.join(' ')}`)
    try {
      const { monitor, attachment, directory } = await launchExec(this.#containers.context, container, exec, streams)
      const { ended } = await this.#follow(exec, monitor, directory)
      return { attachment, exited: ended }
    } catch (thrown) {
      throw this.#failed(exec, container, thrown)
    }
  }

  /** Back when it runs; what it answers is settled when it has ended. */
  async #follow(exec: Exec, monitor: Monitor, directory: string): Promise<{ ended: Promise<void> }> {
    exec.monitor = monitor
    void monitor.gone.then(() => rm(directory, { recursive: true, force: true })).catch(() => {})
    const { pid } = await monitor.started
    exec.pid = pid
    exec.status = 'running'
    const ended = monitor.exited.then(
      exit => this.#end(exec, exit),
      () => this.#end(exec, { code: KILLED }),
    )
    return { ended }
  }

  #failed(exec: Exec, container: LiveContainer, thrown: unknown): Fault {
    const complaint = runtimeComplaint(thrown)
    const directory = exec.config.WorkingDir || container.record.config.WorkingDir || '/'
    const failure = complaint && describeExecFailure(complaint, { program: exec.config.Cmd?.[0] ?? '', directory })
    this.#close(exec, failure?.isUsers ? failure.exitCode : COULD_NOT_RUN)
    return failure ? execFaults.FAILED(failure.message, { cause: thrown }) : asFault(thrown)
  }

  #end(exec: Exec, { code }: Pick<Exit, 'code'>): void {
    this.#close(exec, code)
    this.#emit(exec, 'exec_die', { exitCode: String(code) })
  }

  #close(exec: Exec, exitCode: number): void {
    exec.status = 'ended'
    exec.exitCode = exitCode
    exec.monitor = undefined
    this.#table.end(exec, this.#containers.find(exec.containerId))
  }

  #emit(exec: Exec, action: string, more: Record<string, string> = {}): void {
    const container = this.#containers.find(exec.containerId)
    if (container) emit(this.#containers.context, container, action, { execID: exec.id, ...more })
  }
}

function refuse({ id, record: { state } }: LiveContainer, given: string): void {
  if (state.status === 'paused') throw execFaults.PAUSED(given)
  if (state.status === 'restarting') throw execFaults.RESTARTING(given)
  if (!isRunning(state)) throw execFaults.NOT_RUNNING(id)
}

const streamsOf = ({ config }: Exec): AttachStreams => ({
  stdin: config.AttachStdin ?? false,
  stdout: config.AttachStdout ?? false,
  stderr: config.AttachStderr ?? false,
  framed: !config.Tty,
})

const detachKeys = ({ config }: Exec): Uint8Array =>
  config.DetachKeys ? parseDetachKeys(config.DetachKeys) : DEFAULT_DETACH_KEYS
