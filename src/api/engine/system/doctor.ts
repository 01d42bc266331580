import type { Doctor, ToldFinding } from '../../../engine/system/doctor.ts'
import { json, type Operation } from '../../http/operation.ts'

/** Beyond Docker: what the daemon's start puts right, looked for at any time. */
export const systemDoctor = (doctor: Pick<Doctor, 'examine'>): Operation => ({
  id: 'SystemDoctor',
  method: 'GET',
  path: '/system/doctor',
  handle: async () => json(200, shape(await doctor.examine(false))),
})

/** The same, and mends what can be mended. */
export const systemDoctorFix = (doctor: Pick<Doctor, 'examine'>): Operation => ({
  id: 'SystemDoctorFix',
  method: 'POST',
  path: '/system/doctor',
  handle: async () => json(200, shape(await doctor.examine(true))),
})

const shape = (findings: ToldFinding[]) => ({
  Findings: findings.map(({ kind, subject, trouble, remedy, isMendable, outcome }) => ({
    Kind: kind,
    Subject: subject,
    Trouble: trouble,
    Remedy: remedy,
    Mendable: isMendable,
    Outcome: outcome,
  })),
})
