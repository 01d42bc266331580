import type { Events } from '../../../engine/events/events.ts'
import type { UsageSources } from '../../../engine/system/disk-usage.ts'
import type { Doctor } from '../../../engine/system/doctor.ts'
import type { SystemVersion } from '../../../engine/system/version.ts'
import type { Operation } from '../../http/operation.ts'
import { systemDataUsage } from './data-usage.ts'
import { systemDoctor, systemDoctorFix } from './doctor.ts'
import { systemEvents } from './events.ts'
import { systemInfoDoor } from './info.ts'
import { systemPing, systemPingHead } from './ping.ts'
import { pluginInspect } from './plugin-inspect.ts'
import { systemVersionDoor } from './version.ts'

export type SystemNeeds = {
  events: Events
  usage: UsageSources
  doctor: Doctor
  version: () => Promise<SystemVersion>
  info: () => Promise<Record<string, unknown>>
}

export const systemOperations = (needs: SystemNeeds): Operation[] => [
  systemPing,
  pluginInspect,
  systemPingHead,
  systemVersionDoor(needs.version),
  systemInfoDoor(needs.info),
  systemEvents(needs.events),
  systemDataUsage(needs.usage),
  systemDoctor(needs.doctor),
  systemDoctorFix(needs.doctor),
]
