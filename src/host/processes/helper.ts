import { selfProgram } from './self.ts'

/**
 * A child of ours that is fed by its standard input and answers in lines on its standard output. Its environment is empty but
 * for PATH. Whoever starts one reads `lines` to their end and awaits `exited`.
 */
export type Helper = {
  readonly pid: number
  /** Resolves when the child can take more; rejects when it is gone. */
  write(chunk: Uint8Array): Promise<void>
  endInput(): Promise<void>
  readonly lines: AsyncIterable<string>
  /** Standard output as it comes, instead of `lines`. */
  readonly output: ReadableStream<Uint8Array>
  /** The exit code; 128 + signal for one that was killed. */
  readonly exited: Promise<number>
  /** The last of its standard error, for the log. */
  complaint(): Promise<string>
  kill(): void
}

const MOST_COMPLAINT_BYTES = 4096

/** Starts the program itself with this hidden first word and one argument, as JSON. */
export function startHelper(word: string, request: unknown): Helper {
  return startPiped([...selfProgram(), word, JSON.stringify(request)])
}

/** Starts a program of the host with an argument vector, piped on both sides. */
export function startPiped(command: string[]): Helper {
  const child = Bun.spawn(command, {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    cwd: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  })
  const complaint = lastOf(child.stderr)
  return {
    pid: child.pid,
    write: async chunk => {
      const written = child.stdin.write(chunk)
      await (written instanceof Promise ? written : child.stdin.flush())
    },
    endInput: async () => {
      await child.stdin.end()
    },
    lines: linesOf(child.stdout),
    output: child.stdout,
    exited: child.exited,
    complaint: () => complaint,
    kill: () => child.kill('SIGKILL'),
  }
}

async function lastOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) text = (text + decoder.decode(chunk, { stream: true })).slice(-MOST_COMPLAINT_BYTES)
  return text.trim()
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield rest
}
