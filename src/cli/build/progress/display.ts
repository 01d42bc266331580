import type { Output } from '../../output.ts'
import type { BuildDisplay } from './build-display.ts'
import { PlainDisplay } from './plain-display.ts'
import { RawDisplay } from './raw-display.ts'
import { TerminalDisplay } from './terminal-display.ts'

export const PROGRESS_MODES = ['auto', 'plain', 'tty', 'quiet', 'rawjson', 'none'] as const
export type ProgressMode = (typeof PROGRESS_MODES)[number]

const SILENT: BuildDisplay = { show: () => {}, finish: () => {} }

/** `auto` is a picture on a terminal, and lines elsewhere. */
export function displayOf(mode: ProgressMode, output: Output, hasColour: boolean): BuildDisplay {
  if (mode === 'quiet' || mode === 'none') return SILENT
  if (mode === 'rawjson') return new RawDisplay(output)
  const isPicture = mode === 'tty' || (mode === 'auto' && output.isTerminal)
  return isPicture ? new TerminalDisplay(output, hasColour) : new PlainDisplay(output)
}
