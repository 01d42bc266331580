import type { LogDriver } from './driver.ts'

/** Takes whatever options it is given, as Docker's does: clients refuse them. */
export const none: LogDriver = {
  name: 'none',
  isRemote: false,
  options: [],
  unknownOption: () => '',
  check: () => {},
}
