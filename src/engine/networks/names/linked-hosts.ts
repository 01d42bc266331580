import type { LinkedHost } from '../networks.ts'
import { editNameFile } from './name-files.ts'

export const linkedLines = (links: LinkedHost[]): string[] => links.map(({ address, names }) => `${address}\t${names}`)

/** The line of /etc/hosts with these names has another address from now on. `directory`: of the container. */
export const replaceLinkedHost = (directory: string, { address, names }: LinkedHost): void =>
  editNameFile(directory, 'hosts', text =>
    text
      .split('\n')
      .map(line => (line.endsWith(`\t${names}`) ? `${address}\t${names}` : line))
      .join('\n'),
  )
