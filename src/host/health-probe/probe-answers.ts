import { probeFaults } from './faults.ts'

/** `code`: of the program, 0 or 1 of the others; -1: it could not be run; -2: it was over its time. */
export type ProbeAnswer = { code: number; output: Uint8Array }

const HEAD = /^(-?\d{1,3}) (\d{1,4})$/
const LONGEST_HEAD = 16
/** The prober's own limit; a container may have taken it over and say anything. */
const LONGEST_OUTPUT = 4097

/** Reads `CODE LENGTH\n` and so many bytes, again and again. */
export class Answers {
  #buffer: Buffer = Buffer.alloc(0)
  #waiting: { resolve: (answer: ProbeAnswer) => void; reject: (failure: unknown) => void } | undefined

  next(): Promise<ProbeAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  /** False if what came is no answer, or nobody has asked. */
  take(chunk: Uint8Array): boolean {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    const end = this.#buffer.indexOf(0x0a)
    if (end === -1) return this.#buffer.length <= LONGEST_HEAD
    const head = HEAD.exec(this.#buffer.subarray(0, end).toString('latin1'))
    if (!head || Number(head[2]) > LONGEST_OUTPUT || !this.#waiting) return false
    const output = this.#buffer.subarray(end + 1)
    if (output.length > Number(head[2])) return false
    if (output.length === Number(head[2])) this.#answer({ code: Number(head[1]), output })
    return true
  }

  end(): void {
    this.#waiting?.reject(probeFaults.GONE())
    this.#waiting = undefined
  }

  #answer(answer: ProbeAnswer): void {
    this.#buffer = Buffer.alloc(0)
    this.#waiting?.resolve(answer)
    this.#waiting = undefined
  }
}
