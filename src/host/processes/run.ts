import { constants } from 'node:os'
import { basename } from 'node:path'
import { processFaults } from './faults.ts'

export type RunOptions = {
  cwd?: string
  /** The whole environment of the program; by default PATH alone. */
  env?: Record<string, string>
  /** Text or bytes for its standard input; by default none. */
  input?: string | Uint8Array
  /** It is killed after this many milliseconds; by default 60,000. */
  timeoutMs?: number
  signal?: AbortSignal
  /** Each of its outputs is kept up to this many bytes, the rest is read and dropped; by default 1 MiB. */
  outputBytes?: number
}

/** `code`: the exit code, or 128 + the number of the signal that ended it. */
export type RunResult = { code: number; stdout: string; stderr: string }

export const PLAIN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const TIMEOUT_MS = 60_000
const OUTPUT_BYTES = 1 << 20

/** Runs a program to its end, never through a shell. Rejects if it cannot be started, is cancelled or takes too long. */
export async function run(argv: string[], options: RunOptions = {}): Promise<RunResult> {
  const name = basename(argv[0] ?? '')
  if (options.signal?.aborted) throw processFaults.CANCELLED(name)
  const child = start(argv, options)
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  let reason: 'time' | 'signal' | undefined
  const stop = (why: 'time' | 'signal'): void => {
    reason ??= why
    child.kill('SIGKILL')
  }
  const timer = setTimeout(stop, timeoutMs, 'time')
  const cancel = (): void => stop('signal')
  options.signal?.addEventListener('abort', cancel, { once: true })
  try {
    const limit = options.outputBytes ?? OUTPUT_BYTES
    const [stdout, stderr] = await Promise.all([keep(child.stdout, limit), keep(child.stderr, limit), child.exited])
    if (reason === 'time') throw processFaults.TIMED_OUT(name, timeoutMs)
    if (reason === 'signal') throw processFaults.CANCELLED(name, { cause: options.signal?.reason })
    return { code: exitCode(child), stdout, stderr }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', cancel)
  }
}

function start(argv: string[], options: RunOptions) {
  try {
    return Bun.spawn(argv, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env ?? { PATH: PLAIN_PATH },
      stdin: options.input === undefined ? 'ignore' : Buffer.from(options.input as string),
      stdout: 'pipe',
      stderr: 'pipe',
    })
  } catch (thrown) {
    throw processFaults.NOT_STARTED(argv[0] ?? '', { cause: thrown })
  }
}

function exitCode(child: ReturnType<typeof start>): number {
  if (child.exitCode !== null) return child.exitCode
  return 128 + (child.signalCode ? (SIGNAL_NUMBERS[child.signalCode] ?? 0) : 0)
}

const SIGNAL_NUMBERS: Record<string, number> = constants.signals

async function keep(stream: ReadableStream<Uint8Array>, limit: number): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of stream) {
    const room = limit - size
    if (room <= 0) continue
    parts.push(part.length > room ? part.subarray(0, room) : part)
    size += Math.min(part.length, room)
  }
  return Buffer.concat(parts).toString()
}
