import { Fault, type FaultKind } from '../../base/faults.ts'
import { type Helper, startHelper } from '../../host/processes/helper.ts'
import type { UnpackReport } from '../unpack/run-child.ts'
import type { Unpacked, UnpackRequest } from '../unpack/unpack-layer.ts'
import { layerFaults } from './faults.ts'

export type LayerSource = AsyncIterable<Uint8Array> | { file: string }

/** What came out, and a promise for its having reached the disk. */
export type Unpacking = { unpacked: Unpacked; synced: Promise<boolean> }

/** Starts the child, feeds it, and waits for its word. A source that fails, a signal or a fault of the child ends it. */
export async function unpack(request: UnpackRequest, source: LayerSource, signal?: AbortSignal): Promise<Unpacking> {
  signal?.throwIfAborted()
  const child = startHelper('__unpack', 'file' in source ? { ...request, source: source.file } : request)
  const stop = () => child.kill()
  signal?.addEventListener('abort', stop)
  try {
    return await converse(child, source)
  } catch (failure) {
    child.kill()
    await child.exited
    throw signal?.aborted ? layerFaults.CANCELLED({ cause: failure }) : failure
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

async function converse(child: Helper, source: LayerSource): Promise<Unpacking> {
  const reports = child.lines[Symbol.asyncIterator]()
  const answer = firstReport(child, reports)
  answer.catch(() => {})
  if ('file' in source) await child.endInput()
  else await feed(child, source, answer)
  const report = await answer
  if ('fault' in report) throw faultOf(report.fault)
  if (!('done' in report)) throw layerFaults.CHILD('out of turn')
  return { unpacked: report.done, synced: untilSynced(child, reports) }
}

async function firstReport(child: Helper, reports: AsyncIterator<string>): Promise<UnpackReport> {
  const { value, done } = await reports.next()
  if (!done) return JSON.parse(value) as UnpackReport
  throw layerFaults.CHILD(`exit ${await child.exited}: ${await child.complaint()}`)
}

/** Stops early when the child has answered, which before the end of its input is a fault. */
async function feed(child: Helper, source: AsyncIterable<Uint8Array>, answer: Promise<UnpackReport>): Promise<void> {
  let answered = false
  const note = () => {
    answered = true
  }
  answer.then(note, note)
  for await (const chunk of source) {
    if (answered) return
    if (!(await accepted(child.write(chunk), answer))) return
  }
  await child.endInput()
}

/** A write that fails, or is never taken, means that the child has gone: its answer says why. */
async function accepted(write: Promise<void>, answer: Promise<UnpackReport>): Promise<boolean> {
  const refused = () => false
  return await Promise.race([write.then(() => true, refused), answer.then(refused, refused)])
}

async function untilSynced(child: Helper, reports: AsyncIterator<string>): Promise<boolean> {
  const { value, done } = await reports.next()
  await child.exited
  return !done && 'synced' in (JSON.parse(value) as UnpackReport)
}

type Told = { kind: string; code: string; message: string; hint?: string }
const faultOf = ({ kind, code, message, hint }: Told) =>
  new Fault(kind as FaultKind, code, message, hint ? { hint } : {})
