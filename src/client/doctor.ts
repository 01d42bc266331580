import type { Client } from './client.ts'

/** Beyond Docker: what the daemon finds when it compares its database with the machine. */
export type DoctorFinding = {
  Kind: string
  Subject: string
  Trouble: string
  Remedy: string
  Mendable: boolean
  /** '': nothing was tried; `mended`; else why it could not be. */
  Outcome: string
}

export const examineSystem = (client: Client, fix: boolean): Promise<{ Findings: DoctorFinding[] }> =>
  client.json(fix ? 'POST' : 'GET', '/system/doctor')
