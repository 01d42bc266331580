import { createFaults } from './faults.ts'

/** As moby has it: larger numbers are refused before a list is made of them [CVE-2018-20699]. */
const LARGEST = 8192

/** Refuses a list (`0-3,7`) that cannot be read or has processors (`cpus`) or memory nodes (`mems`) that are not in `available`. */
export function checkCpuset(value: string | undefined, what: 'cpus' | 'mems', available: string): void {
  if (!value) return
  const wanted = parseList(value, what)
  const present = parseList(available, what)
  if ([...wanted].every(number => present.has(number))) return
  throw what === 'cpus' ? createFaults.CPUS_MISSING(value, available) : createFaults.NODES_MISSING(value, available)
}

function parseList(value: string, what: string): Set<number> {
  const numbers = new Set<number>()
  for (const part of value.split(',')) {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part)
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
    if (!match || last < first) throw createFaults.CPUSET_FORMAT(value, what)
    if (last > LARGEST) throw createFaults.CPUSET_RANGE(value, what)
    for (let number = first; number <= last; number++) numbers.add(number)
  }
  return numbers
}
