import { readFile } from 'node:fs/promises'
import { hasCode } from '../syscalls/call.ts'

/** Since the interface was made. */
export type LinkCounters = {
  receivedBytes: number
  receivedPackets: number
  receiveErrors: number
  receiveDrops: number
  sentBytes: number
  sentPackets: number
  sendErrors: number
  sendDrops: number
}

/** The interfaces in the network namespace of a process, loopback left out, by name; empty when the process is gone. */
export async function linkCounters(pid: number): Promise<Record<string, LinkCounters>> {
  try {
    return parseCounters(await readFile(`/proc/${pid}/net/dev`, 'latin1'))
  } catch (failure) {
    if (hasCode(failure, 'ENOENT', 'ESRCH', 'EINVAL')) return {}
    throw failure
  }
}

/** Source: the kernel's net/core/net-procfs.c: eight columns for what is received, eight for what is sent. */
export function parseCounters(text: string): Record<string, LinkCounters> {
  const found: Record<string, LinkCounters> = {}
  for (const line of text.split('\n')) {
    const [, name, values] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? []
    if (!name || values === undefined || name === 'lo') continue
    const [receivedBytes = 0, receivedPackets = 0, receiveErrors = 0, receiveDrops = 0, ...rest] = values
      .split(/\s+/)
      .map(Number)
    const [sentBytes = 0, sentPackets = 0, sendErrors = 0, sendDrops = 0] = rest.slice(4)
    found[name] = {
      receivedBytes,
      receivedPackets,
      receiveErrors,
      receiveDrops,
      sentBytes,
      sentPackets,
      sendErrors,
      sendDrops,
    }
  }
  return found
}
