import { StringDecoder } from 'node:string_decoder'
import type {
  BuildOutline,
  BuildProgress,
  PlatformResult,
  Vertex,
  VertexLog,
  VertexStatus,
} from '../../../engine/build/contract.ts'
import { RunFailure } from '../../../engine/build/faults.ts'
import { CANCELLED } from '../../../engine/build/progress.ts'
import { digestOf } from '../../../formats/digest/digest.ts'
import type { ProgressLine } from '../../../formats/engine-api/common.ts'

export type ClassicStyle = { quiet: boolean; removes: boolean; names: readonly string[] }

type Instruction = BuildOutline['instructions'][number]

/** Steps of a build run side by side; a client of the classic API reads of them in the order of the file. */
export class ClassicLines {
  readonly #report: (line: ProgressLine) => void
  readonly #tell: (line: ProgressLine) => void
  readonly #style: ClassicStyle
  readonly #vertices = new Map<string, Vertex>()
  readonly #waiting = new Map<string, VertexLog[]>()
  readonly #reasons = new Map<string, string>()
  readonly #decoders = new Map<string, StringDecoder>()
  #instructions: readonly Instruction[] = []
  #unused: readonly string[] = []
  #at = 0
  #step = 0
  #isAnnounced = false
  #isRunning = false
  #layer = ''

  /** What a quiet build would have said: told if it fails. */
  readonly #held: ProgressLine[] = []

  constructor(report: (line: ProgressLine) => void, style: ClassicStyle) {
    this.#report = style.quiet ? line => void this.#held.push(line) : report
    this.#tell = report
    this.#style = style
  }

  take(progress: BuildProgress): void {
    if ('outline' in progress) this.#begin(progress.outline)
    else if ('vertex' in progress) this.#changed(progress.vertex)
    else if ('log' in progress) this.#logged(progress.log)
    else if ('status' in progress) this.#pulled(progress.status)
  }

  finish({ configBytes }: PlatformResult): void {
    const id = digestOf(configBytes)
    if (this.#style.quiet) {
      this.#tell({ stream: `${id}\n` })
      return
    }
    this.#report({ aux: { ID: id } })
    if (this.#unused.length > 0)
      this.#say(`[Warning] One or more build-args [${this.#unused.join(' ')}] were not consumed\n`)
    this.#say(`Successfully built ${short(id)}\n`)
    for (const name of this.#style.names) this.#say(`Successfully tagged ${name}\n`)
  }

  /** What failed is shown even where earlier steps have not ended. A failure before the first line is the caller's. */
  fail(failure: unknown): void {
    if (this.#instructions.length === 0) throw failure
    this.#showFailed()
    for (const line of this.#held.splice(0)) this.#tell(line)
    if (!(failure instanceof RunFailure)) throw failure
    const { command, exitCode } = failure
    const message = `The command '${command}' returned a non-zero code: ${exitCode}`
    this.#tell({ errorDetail: { code: exitCode, message }, error: message })
  }

  #begin({ instructions, unusedArguments }: BuildOutline): void {
    this.#instructions = instructions
    this.#unused = unusedArguments
    this.#advance()
  }

  #changed(vertex: Vertex): void {
    this.#vertices.set(vertex.digest, vertex)
    this.#advance()
  }

  /** Tells of every instruction whose turn has come. */
  #advance(): void {
    for (let now = this.#instructions[this.#at]; now; now = this.#instructions[this.#at]) {
      this.#announce(now)
      if (now.vertex) {
        const vertex = this.#vertices.get(now.vertex)
        if (vertex?.started) this.#begun(vertex)
        if (!vertex?.completed || vertex.error) return
        this.#ended(now, vertex)
      } else if (now.image !== undefined || this.#layer) this.#say(` ---> ${short(now.image ?? this.#layer)}\n`)
      if (now.image) this.#layer = now.image
      this.#at++
      this.#isAnnounced = false
    }
  }

  #announce({ text, triggers, isTrigger }: Instruction): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    if (isTrigger) return
    const total = this.#instructions.filter(one => !one.isTrigger).length
    this.#heading(`Step ${++this.#step}/${total} : ${text}`)
    if (triggers) this.#heading(`# Executing ${triggers} build trigger${triggers > 1 ? 's' : ''}`)
  }

  /** One that was in the cache is told of only when it has ended. */
  #begun(vertex: Vertex): void {
    if (!this.#isRunning && isRun(vertex) && !vertex.cached) {
      this.#say(` ---> Running in ${short(vertex.digest)}\n`)
      this.#isRunning = true
    }
    for (const log of this.#waiting.get(vertex.digest)?.splice(0) ?? []) this.#print(log)
  }

  #ended(instruction: Instruction, vertex: Vertex): void {
    if (vertex.cached) this.#say(' ---> Using cache\n')
    else if (this.#isRunning && this.#style.removes)
      this.#say(` ---> Removed intermediate container ${short(vertex.digest)}\n`)
    this.#isRunning = false
    const reason = this.#reasons.get(vertex.digest)
    if (reason) this.#say(` ---> ${reason[0]?.toUpperCase()}${reason.slice(1)}\n`)
    if (vertex.layer) this.#layer = vertex.layer
    if (this.#layer) this.#say(` ---> ${short(this.#layer)}\n`)
    this.#waiting.delete(instruction.vertex ?? '')
  }

  #logged(log: VertexLog): void {
    if (this.#isRunning && this.#instructions[this.#at]?.vertex === log.vertex) {
      this.#print(log)
      return
    }
    const waiting = this.#waiting.get(log.vertex)
    if (waiting) waiting.push(log)
    else this.#waiting.set(log.vertex, [log])
  }

  /** Errors are red, as Docker has them. */
  #print({ vertex, stream, bytes }: VertexLog): void {
    const key = `${vertex} ${stream}`
    const decoder = this.#decoders.get(key) ?? new StringDecoder('utf8')
    this.#decoders.set(key, decoder)
    const text = decoder.write(Buffer.from(bytes))
    if (text !== '') this.#say(stream === 2 ? `\u001b[91m${text}\u001b[0m` : text)
  }

  #pulled({ id, name, current, total, vertex }: VertexStatus): void {
    if (id === 'explain') this.#reasons.set(vertex, name)
    if (!this.#vertices.get(vertex)?.name.startsWith('[internal] load metadata')) return
    this.#report({ status: name, id, progressDetail: total > 0 ? { current, total } : {} })
  }

  #showFailed(): void {
    const failed = this.#instructions.findIndex(({ vertex }) => {
      const error = vertex && this.#vertices.get(vertex)?.error
      return error && error !== CANCELLED
    })
    const instruction = this.#instructions[failed]
    if (!instruction || failed < this.#at) return
    if (failed > this.#at) {
      this.#step += this.#instructions.slice(this.#at + 1, failed).filter(one => !one.isTrigger).length
      this.#isAnnounced = false
      this.#announce(instruction)
    }
    for (const log of this.#waiting.get(instruction.vertex!) ?? []) this.#print(log)
  }

  #heading(text: string): void {
    this.#say(text)
    this.#say('\n')
  }

  #say(stream: string): void {
    this.#report({ stream })
  }
}

const isRun = ({ name }: Vertex): boolean => /^\[[^\]]*\] RUN/i.test(name)
const short = (digest: string): string => digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 13)
