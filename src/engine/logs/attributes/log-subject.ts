import type { Options } from '../drivers/driver.ts'

/** What lines of a log may tell of their container: Docker's logger.Info. */
export type LogSubject = {
  id: string
  /** Without slash. */
  name: string
  imageId: string
  /** As the client wrote it. */
  imageName: string
  path: string
  args: string[]
  /** RFC 3339 with nanoseconds. */
  created: string
  env: readonly string[]
  labels: Readonly<Record<string, string>>
  logPath: string
  options: Options
}

/** The program with its arguments, in one line. */
export const commandOf = ({ path, args }: LogSubject): string => [path, ...args].join(' ')
