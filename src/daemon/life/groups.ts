import { readFileSync } from 'node:fs'
import { daemonFaults } from './faults.ts'

const OURS = 'berth'

/** The group of the unix socket by name or number; without a name `berth`, or root where there is no such group. */
export function groupIdOf(name: string | undefined): number {
  if (name === '' || name === undefined) return lookUp(OURS) ?? 0
  const id = /^\d+$/.test(name) ? Number(name) : lookUp(name)
  if (id === undefined) throw daemonFaults.NO_GROUP(name)
  return id
}

function lookUp(name: string): number | undefined {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find(entry => entry.startsWith(`${name}:`))
  const id = line?.split(':')[2]
  return id === undefined || !/^\d+$/.test(id) ? undefined : Number(id)
}
