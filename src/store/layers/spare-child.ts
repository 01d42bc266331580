import { type Helper, startHelper } from '../../host/processes/helper.ts'
import type { ChildRequest } from '../unpack/run-child.ts'

/** A child that nobody has asked for anything within this time is sent away. */
const IDLE_MS = 10_000

let spare: { child: Helper; timer: ReturnType<typeof setTimeout> } | undefined

/**
 * Starts a child that waits for its request, for somebody who will have a layer to pack soon: the step of a build whose
 * program is about to run. Starting it takes longer than a small layer does.
 */
export function prepareSpareChild(): void {
  if (spare) return
  const child = startHelper('__unpack', { wait: true } satisfies ChildRequest)
  const timer = setTimeout(() => takeSpareChild()?.kill(), IDLE_MS)
  timer.unref()
  spare = { child, timer }
}

/** It is told its request on standard input, which then ends. */
export function takeSpareChild(): Helper | undefined {
  const taken = spare
  spare = undefined
  clearTimeout(taken?.timer)
  return taken?.child
}
