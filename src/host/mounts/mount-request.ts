import { startHelper } from '../processes/helper.ts'
import { mountFaults } from './faults.ts'

/** A mount of the host, as mount(8) would make it: `flags` and `propagation` are MS_* of mount(2). */
export type HostMountRequest = {
  device: string
  target: string
  type: string
  flags: number
  propagation: number
  data: string
}
export type HostMountReport = { done: true } | { failed: string }

/** A file server that does not answer must not hold a start for ever. */
const DEADLINE_MS = 60_000

/**
 * Mounts in a child of ours: a device or a server may take its time, for which the daemon must not be held, and may never
 * answer: then the child is given up. Throws mountFaults.
 */
export async function mountOnHost(request: HostMountRequest): Promise<void> {
  const child = startHelper('__mount', request)
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<HostMountReport>(resolve => {
    timer = setTimeout(() => resolve({ failed: 'timed out' }), DEADLINE_MS)
  })
  try {
    const report = await Promise.race([reportOf(child), late])
    if ('failed' in report) throw mountFaults.FAILED(describe(request), report.failed)
  } finally {
    clearTimeout(timer)
    child.kill()
  }
}

async function reportOf(child: ReturnType<typeof startHelper>): Promise<HostMountReport> {
  for await (const line of child.lines) return JSON.parse(line) as HostMountReport
  return { failed: (await child.complaint()) || 'the mount helper ended without a word' }
}

/** Passwords are not for logs. */
const describe = ({ device, target, flags, data }: HostMountRequest): string =>
  [
    `${device}:${target}`,
    flags === 0 ? '' : `flags: 0x${flags.toString(16)}`,
    data === '' ? '' : `data: ${data.replace(/(^|,)((?:password|pass)\d?=)[^,]*/g, '$1$2********')}`,
  ]
    .filter(Boolean)
    .join(', ')
