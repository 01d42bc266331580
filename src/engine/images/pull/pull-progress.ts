import { shortId } from '../../../base/ids.ts'
import { formatBytes } from '../../../base/units.ts'
import type { ProgressLine } from '../../../formats/engine-api/common.ts'
import type { LayerNote } from './layer-downloads.ts'

export type Report = (line: ProgressLine) => void

/** Bars that move ten times a second are smooth enough. */
const BAR_INTERVAL_MS = 100
const BAR_WIDTH = 50

/** Turns notes about one layer into Docker's lines. */
export function layerListener(report: Report, digest: string): (note: LayerNote) => void {
  const id = shortId(digest)
  let shownAt = 0
  let shown = ''
  return note => {
    const now = performance.now()
    if (note.status === shown && note.current !== note.total && now - shownAt < BAR_INTERVAL_MS) return
    shownAt = now
    shown = note.status
    report(lineOf(note, id))
  }
}

function lineOf({ status, current, total }: LayerNote, id: string): ProgressLine {
  if (current === undefined) return { status, progressDetail: {}, id }
  const detail = { current, ...(total !== undefined && total > 0 && { total }) }
  return { status, progressDetail: detail, progress: progressBar(current, total), id }
}

/** What older clients print as it is. Source: moby jsonmessage, JSONProgress.String without a terminal. */
export function progressBar(current: number, total = 0): string {
  const sizes = formatBytes(current, 4).padStart(8)
  if (total <= 0) return sizes
  const filled = Math.min(BAR_WIDTH, Math.trunc((current / total) * BAR_WIDTH))
  const bar = `[${'='.repeat(filled)}>${' '.repeat(BAR_WIDTH - filled)}] `
  return current > total ? bar + sizes : `${bar}${sizes}/${formatBytes(total, 4)}`
}
