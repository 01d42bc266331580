import type { FlagTable, FlagValues } from '../formats/command-line/flag.ts'
import type { Session } from './session.ts'

/** How many operands a command takes; each has its own words when it is not so. */
export type Operands = { least: number; most: number }
export const noOperands: Operands = { least: 0, most: 0 }
export const exactly = (count: number): Operands => ({ least: count, most: count })
export const atLeast = (count: number): Operands => ({ least: count, most: Number.POSITIVE_INFINITY })
export const atMost = (count: number): Operands => ({ least: 0, most: count })
export const between = (least: number, most: number): Operands => ({ least, most })

export type Invocation<F extends FlagTable> = {
  flags: FlagValues<F>
  /** Whether the flag was given on the command line. */
  given: (name: keyof F & string) => boolean
  /** Whether the flag was given by this very name, where it has an alias. */
  written: (name: keyof F & string) => boolean
  operands: string[]
  session: Session
  /** As it was called: `berth ps`, `berth container ls`. */
  commandPath: string
}

/** One leaf of the command tree. The last words of its path and its short description are in the tree (commands.ts). */
export type Command<F extends FlagTable = FlagTable> = {
  /** What follows the name in the usage line, e.g. `[OPTIONS] CONTAINER [CONTAINER...]`. */
  usage: string
  /** Further usage lines, with the name, where there is more than one form. */
  otherUsage?: string[]
  /** Replaces the short description on the help page. */
  long?: string
  flags: F
  operands: Operands
  /** Completed by the shell: containers, images, volumes, networks, files. */
  complete?: 'containers' | 'running' | 'stopped' | 'images' | 'volumes' | 'networks' | 'files' | 'contexts' | 'exec'
  /** False where flags end at the first operand (`run`, `exec`). Default true. */
  interspersed?: boolean
  /** Resolves to the exit code; nothing is 0. */
  run: (invocation: Invocation<F>) => Promise<number | undefined>
}

/** Gives `run` the types of the flags that stand beside it. */
export const defineCommand = <F extends FlagTable>(command: Command<F>): Command => command as unknown as Command
