import type { LogDriver } from './driver.ts'
import { jsonFile } from './json-file.ts'
import { local } from './local.ts'
import { none } from './none.ts'

export const logDrivers: readonly LogDriver[] = [jsonFile, local, none]

/** Docker's other drivers: refused by name. */
export const LATER: readonly string[] = [
  'awslogs',
  'etwlogs',
  'gcplogs',
  'splunk',
  'syslog',
  'gelf',
  'fluentd',
  'journald',
]

/** As `docker info` lists them; `none` writes nothing and is not among them. */
export const logDriverNames = (): string[] =>
  logDrivers
    .map(({ name }) => name)
    .filter(name => name !== 'none')
    .toSorted()
