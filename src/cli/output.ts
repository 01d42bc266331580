import { fstatSync } from 'node:fs'

type Sink = { write(data: Uint8Array | string): unknown; flush(): unknown }

/** Standard output or error: writes are gathered, `flush` waits until the kernel has taken them, so that a slow reader slows us down. */
export class Output {
  readonly fd: 1 | 2
  #sink: Sink | undefined
  #terminal: boolean | undefined

  constructor(fd: 1 | 2) {
    this.fd = fd
  }

  get isTerminal(): boolean {
    this.#terminal ??= isTerminal(this.fd)
    return this.#terminal
  }

  write(data: Uint8Array | string): void {
    if (data.length === 0) return
    this.#sink ??= (this.fd === 1 ? Bun.stdout : Bun.stderr).writer({ highWaterMark: 128 * 1024 }) as Sink
    this.#sink.write(data)
  }

  line(text: string): void {
    this.write(`${text}\n`)
  }

  async flush(): Promise<void> {
    await this.#sink?.flush()
  }
}

/** Only character devices are worth the cost of loading node:tty. */
export function isTerminal(fd: number): boolean {
  try {
    if (!fstatSync(fd).isCharacterDevice()) return false
  } catch {
    return false
  }
  return process.getBuiltinModule('node:tty').isatty(fd)
}
