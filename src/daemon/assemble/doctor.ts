import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Instance } from '../../base/instance.ts'
import { Doctor } from '../../engine/system/doctor.ts'
import { examineVolumes } from '../../engine/system/examine-volumes.ts'
import type { Nouns } from './engine.ts'

/** In the order in which they are mended: containers before what they stand on. */
export const doctorOf = ({ containers, images, layers, volumes }: Nouns, { dataRoot, execRoot }: Instance): Doctor =>
  new Doctor([
    // A step of a build has its cgroup beside those of containers.
    () => containers.examine(group => existsSync(join(execRoot, 'build', group))),
    () => layers.examine(),
    () => images.examine(),
    () => examineVolumes(volumes, dataRoot),
  ])
