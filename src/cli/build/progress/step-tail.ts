/** The last lines of a step's output. */
export class StepTail {
  readonly #most: number
  #lines: string[] = []
  #partial = ''

  constructor(most: number) {
    this.#most = most
  }

  push(bytes: Uint8Array): void {
    const lines = (this.#partial + Buffer.from(bytes).toString()).split('\n')
    this.#partial = lines.pop() ?? ''
    this.#lines = [...this.#lines, ...lines].slice(-this.#most)
  }

  lines(): string[] {
    return this.#partial === '' ? this.#lines : [...this.#lines, this.#partial].slice(-this.#most)
  }
}
