import { constants } from 'node:fs'
import { changeTimesOf, statusOf } from '../../host/syscalls/attributes.ts'
import { readNames } from '../../host/syscalls/directory.ts'
import { close, openName } from '../../host/syscalls/tree.ts'
import type { Stamp } from './requests.ts'

/** Replaces the times that the clock gave during a step, so that the same step gives the same layer. */
export function stampTree(directory: number, stamp: Stamp): void {
  for (const name of readNames(directory)) {
    const { mode, modified } = statusOf(directory, name)
    if ((mode & constants.S_IFMT) === constants.S_IFDIR) below(directory, name, stamp)
    if (modified.seconds >= stamp.since) changeTimesOf(directory, name, { seconds: stamp.to, nanoseconds: 0 })
  }
}

function below(directory: number, name: string, stamp: Stamp): void {
  const fd = openName(directory, name, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    stampTree(fd, stamp)
  } finally {
    close(fd)
  }
}
