import { writeSync } from 'node:fs'
import { dieWithParent } from '../processes/die-with-parent.ts'
import { errnoText, SystemCallError } from '../syscalls/call.ts'
import { MOUNT, mount } from '../syscalls/mount.ts'
import type { HostMountReport, HostMountRequest } from './mount-request.ts'

/** What a bind cannot take at once. */
const ON_REMOUNT = MOUNT.READ_ONLY | MOUNT.NO_SUID | MOUNT.NO_DEVICES | MOUNT.NO_EXEC

/** The whole life of the child: the request in its last argument, a report on standard output. */
function run(argument: string): HostMountReport {
  dieWithParent()
  try {
    mountAsAsked(JSON.parse(argument) as HostMountRequest)
    return { done: true }
  } catch (failure) {
    return { failed: failure instanceof SystemCallError ? errnoText(failure.errno) : String(failure) }
  }
}

function mountAsAsked({ device, target, type, flags, propagation, data }: HostMountRequest): void {
  mount({ source: device, target, type, flags, data })
  if (propagation !== 0) mount({ source: '', target, flags: propagation })
  if ((flags & MOUNT.BIND) !== 0 && (flags & ON_REMOUNT) !== 0) {
    mount({ source: '', target, flags: (flags & ~MOUNT.RECURSIVE) | MOUNT.REMOUNT, data: '' })
  }
}

const report = run(process.argv.at(-1) ?? '')
writeSync(1, `${JSON.stringify(report)}\n`)
process.exit('failed' in report ? 1 : 0)
