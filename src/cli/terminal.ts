import type { ReadStream } from 'node:tty'
import type { Output } from './output.ts'
import { isTerminal } from './output.ts'

export type WindowSize = { rows: number; columns: number }

/** The size of the terminal behind an output; zeros where there is none. */
export function windowSize(output: Output): WindowSize {
  if (!output.isTerminal) return { rows: 0, columns: 0 }
  const stream = output.fd === 1 ? process.stdout : process.stderr
  const [columns, rows] = stream.getWindowSize()
  return { rows, columns }
}

/** Calls `changed` with each new size until it is disposed of. */
export function watchWindowSize(output: Output, changed: (size: WindowSize) => void): Disposable {
  const listener = () => changed(windowSize(output))
  process.on('SIGWINCH', listener)
  return { [Symbol.dispose]: () => process.off('SIGWINCH', listener) }
}

/**
 * Puts the terminal on standard input into raw mode until it is disposed of, in both directions: the terminal inside the
 * container has translated the ends of lines already. Output translation is `stty`'s to turn off, since the runtime's raw
 * mode leaves it on; leaving raw mode puts everything back as it was.
 */
export function rawInput(): Disposable {
  const input = process.stdin as ReadStream
  input.setRawMode(true)
  const stty = Bun.which('stty')
  if (stty) Bun.spawnSync([stty, '-opost'], { stdin: 'inherit', stdout: 'ignore', stderr: 'ignore' })
  let isRaw = true
  const restore = () => {
    if (isRaw) input.setRawMode(false)
    isRaw = false
  }
  process.once('exit', restore)
  return { [Symbol.dispose]: restore }
}

export const hasInputTerminal = (): boolean => isTerminal(0)

/** What comes in on standard input, as it comes. Reading begins with the first call of `next`. */
export async function* readInput(): AsyncGenerator<Uint8Array, void> {
  if (hasInputTerminal()) {
    for await (const chunk of process.stdin) yield chunk as Uint8Array
    return
  }
  const reader = Bun.stdin.stream().getReader()
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
}
