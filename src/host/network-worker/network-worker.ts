import { step } from '../../base/steps.ts'
import { isCompiled } from '../processes/self.ts'
import type { Argument, CommandAnswer, CommandName, FromWorker } from './commands.ts'

/** A command that the worker could not carry out; `code` is that of the system call, where there was one. */
export class NetworkWorkerError extends Error {
  readonly code: string | undefined
  constructor(command: string, message: string, code?: string) {
    super(message)
    this.name = 'NetworkWorkerError'
    this.code = code
    this.cause = { command }
  }
}

/**
 * Where the worker's file is: beside this one, or, in the compiled program, where `bun build --compile --root src src/main.ts
 * src/host/network-worker/worker.ts` puts it (scripts/build.sh).
 */
const workerUrl = (): string =>
  isCompiled() ? '/$bunfs/root/host/network-worker/worker.ts' : new URL('./worker.ts', import.meta.url).href

type Waiting = { command: string; resolve: (answer: unknown) => void; reject: (failure: Error) => void }

/** The main thread's side of the network worker. Commands are carried out one after another, in the order of their calls. */
export class NetworkWorker implements Disposable {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #last = 0
  #ended: Error | undefined

  constructor() {
    this.#worker = new Worker(workerUrl())
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#settle(data)
    this.#worker.onerror = event => this.#end(new Error(`the network worker failed: ${event.message}`))
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  call<Name extends CommandName>(name: Name, argument: Argument<Name>): Promise<CommandAnswer<Name>> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = ++this.#last
    return new Promise<CommandAnswer<Name>>((resolve, reject) => {
      this.#waiting.set(id, { command: name, resolve: resolve as (answer: unknown) => void, reject })
      this.#worker.postMessage({ id, name, argument })
      step()
    })
  }

  #settle({ id, answer, failure }: FromWorker): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    step()
    if (failure) waiting?.reject(new NetworkWorkerError(waiting.command, failure.message, failure.code))
    else waiting?.resolve(answer)
  }

  #end(reason: Error): void {
    this.#ended ??= reason
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
  }

  [Symbol.dispose](): void {
    this.#end(new Error('the network worker has been stopped'))
    this.#worker.terminate()
  }
}
