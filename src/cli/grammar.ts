import type { Command } from './command.ts'
import { CommandFailure, messageOf } from './failures.ts'

/** docker's words for command lines that it refuses. A wrong flag ends with 125, a wrong operand with 1, whatever the command. */
export const usageFailure = (failure: unknown, path: string, usage: string): CommandFailure =>
  new CommandFailure(
    `${messageOf(failure)}\n\nUsage:  ${usageLine(path, usage)}\n\nRun '${path} --help' for more information`,
    125,
    failure,
  )

export const unknownCommand = (path: string, word: string): CommandFailure =>
  new CommandFailure(
    path === 'berth'
      ? `berth: unknown command: berth ${word}\n\nRun 'berth --help' for more information`
      : `berth: unknown command: ${path} ${word}\n\nUsage:  ${path}\n\nRun '${path} --help' for more information`,
  )

export function checkOperands(command: Command, path: string, operands: string[]): void {
  const { least, most } = command.operands
  if (operands.length >= least && operands.length <= most) return
  throw new CommandFailure(
    `berth: '${path}' ${countRule(least, most)}\n\nUsage:  ${allUsage(command, path)}\n\n` +
      `${most === Number.POSITIVE_INFINITY ? 'See' : 'Run'} '${path} --help' for more information`,
  )
}

function countRule(least: number, most: number): string {
  const arguments_ = (count: number) => `${count} argument${count === 1 ? '' : 's'}`
  if (most === 0) return 'accepts no arguments'
  if (least === most) return `requires ${arguments_(least)}`
  if (most === Number.POSITIVE_INFINITY) return `requires at least ${arguments_(least)}`
  if (least === 0) return `requires at most ${arguments_(most)}`
  return `requires at least ${least} and at most ${arguments_(most)}`
}

export const usageLine = (path: string, usage: string): string => (usage ? `${path} ${usage}` : path)

/** All forms, as the help page shows them. */
export const allUsage = (command: Command, path: string): string =>
  [usageLine(path, command.usage), ...(command.otherUsage ?? []).map(form => `berth ${form}`)].join('\n\t')
