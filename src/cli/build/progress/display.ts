import type { Output } from '../../output.ts'
import type { BuildDisplay } from './build-display.ts'
import { PlainDisplay } from './plain-display.ts'
import { RawDisplay } from './raw-display.ts'

export const PROGRESS_MODES = ['auto', 'plain', 'tty', 'quiet', 'rawjson', 'none'] as const
export type ProgressMode = (typeof PROGRESS_MODES)[number]

const SILENT: BuildDisplay = { show: () => {}, finish: () => {} }

export function displayOf(mode: ProgressMode, output: Output): BuildDisplay {
  if (mode === 'quiet' || mode === 'none') return SILENT
  return mode === 'rawjson' ? new RawDisplay(output) : new PlainDisplay(output)
}
