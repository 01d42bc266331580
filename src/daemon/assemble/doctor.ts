import type { Instance } from '../../base/instance.ts'
import { Doctor } from '../../engine/system/doctor.ts'
import { examineVolumes } from '../../engine/system/examine-volumes.ts'
import type { Nouns } from './engine.ts'

/** In the order in which they are mended: containers before what they stand on. */
export const doctorOf = ({ containers, images, layers, volumes }: Nouns, { dataRoot }: Instance): Doctor =>
  new Doctor([
    () => containers.examine(),
    () => layers.examine(),
    () => images.examine(),
    () => examineVolumes(volumes, dataRoot),
  ])
