import { Fault, type FaultKind } from '../../base/faults.ts'
import { type Helper, startHelper } from '../../host/processes/helper.ts'
import type { Compressed, Packed, PackRequest } from '../pack/requests.ts'
import type { UnpackReport } from '../unpack/run-child.ts'
import type { Unpacked, UnpackRequest } from '../unpack/unpack-layer.ts'
import { layerFaults } from './faults.ts'
import { takeSpareChild } from './spare-child.ts'

export type LayerSource = AsyncIterable<Uint8Array> | { file: string }

/** What came out, and a promise for its having reached the disk. */
export type Outcome<Done> = { done: Done; synced: Promise<boolean> }

/** Starts the child, feeds it, and waits for its word. A source that fails, a signal or a fault of the child ends it. */
export async function unpack(
  request: UnpackRequest,
  source: LayerSource,
  signal?: AbortSignal,
): Promise<Outcome<Unpacked>> {
  const whole = 'file' in source ? { ...request, source: source.file } : request
  signal?.throwIfAborted()
  return await askChild<Unpacked>(startHelper('__unpack', whole), signal, async (child, answer) => {
    if ('file' in source) await child.endInput()
    else await feed(child, source, answer)
  })
}

/** The same for a directory that becomes a layer. */
export async function pack<Done extends Packed | Compressed>(
  request: PackRequest,
  signal?: AbortSignal,
): Promise<Outcome<Done>> {
  signal?.throwIfAborted()
  const spare = takeSpareChild()
  if (!spare) return await askChild<Done>(startHelper('__unpack', request), signal, child => child.endInput())
  return await askChild<Done>(spare, signal, async child => {
    await child.write(Buffer.from(JSON.stringify(request)))
    await child.endInput()
  })
}

async function askChild<Done>(
  child: Helper,
  signal: AbortSignal | undefined,
  give: (child: Helper, answer: Promise<unknown>) => Promise<void>,
): Promise<Outcome<Done>> {
  const stop = () => child.kill()
  signal?.addEventListener('abort', stop)
  try {
    const reports = child.lines[Symbol.asyncIterator]()
    const answer = firstReport<Done>(child, reports)
    answer.catch(() => {})
    await give(child, answer)
    return { done: doneOf(await answer), synced: untilSynced(child, reports) }
  } catch (failure) {
    child.kill()
    await child.exited
    throw signal?.aborted ? layerFaults.CANCELLED({ cause: failure }) : failure
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function doneOf<Done>(report: UnpackReport<Done>): Done {
  if ('fault' in report) throw faultOf(report.fault)
  if (!('done' in report)) throw layerFaults.CHILD('out of turn')
  return report.done
}

/** The tar of an unpacked layer; a child that fails midway makes it fail, not end. */
export async function* tarOf(directory: string): AsyncGenerator<Uint8Array> {
  const child = startHelper('__unpack', { pack: 'tar', upper: directory } satisfies PackRequest)
  try {
    await child.endInput()
    yield* child.output as AsyncIterable<Uint8Array>
    const code = await child.exited
    if (code !== 0) throw layerFaults.CHILD(`exit ${code}: ${await child.complaint()}`)
  } finally {
    child.kill()
  }
}

async function firstReport<Done>(child: Helper, reports: AsyncIterator<string>): Promise<UnpackReport<Done>> {
  const { value, done } = await reports.next()
  if (!done) return JSON.parse(value) as UnpackReport<Done>
  throw layerFaults.CHILD(`exit ${await child.exited}: ${await child.complaint()}`)
}

/** Stops early when the child has answered, which before the end of its input is a fault. */
async function feed(child: Helper, source: AsyncIterable<Uint8Array>, answer: Promise<unknown>): Promise<void> {
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
async function accepted(write: Promise<void>, answer: Promise<unknown>): Promise<boolean> {
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
