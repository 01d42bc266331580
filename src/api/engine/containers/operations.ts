import type { Containers } from '../../../engine/containers/containers.ts'
import type { Stats } from '../../../engine/stats/stats.ts'
import type { Operation } from '../../http/operation.ts'
import { containerArchive, containerArchiveInfo, putContainerArchive } from './archive.ts'
import { containerAttach } from './attach.ts'
import { containerAttachWebsocket } from './attach-websocket.ts'
import { containerChanges } from './changes.ts'
import { imageCommit } from './commit.ts'
import { containerCreate } from './create.ts'
import { containerDelete } from './delete.ts'
import { containerExport } from './export.ts'
import { containerInspect } from './inspect.ts'
import { containerKill } from './kill.ts'
import { containerList } from './list.ts'
import { containerLogs } from './logs.ts'
import { containerPause } from './pause.ts'
import { containerPrune } from './prune.ts'
import { containerRename } from './rename.ts'
import { containerResize } from './resize.ts'
import { containerRestart } from './restart.ts'
import { containerStart } from './start.ts'
import { containerStats } from './stats.ts'
import { containerStop } from './stop.ts'
import { containerTop } from './top.ts'
import { containerUnpause } from './unpause.ts'
import { containerUpdate } from './update.ts'
import { containerWait } from './wait.ts'

export type ContainerDoorNeeds = { containers: Containers; stats: Stats }

export const containerOperations = ({ containers, stats }: ContainerDoorNeeds): Operation[] => [
  containerList(containers),
  containerCreate(containers),
  containerInspect(containers),
  containerStart(containers),
  containerStop(containers),
  containerRestart(containers),
  containerKill(containers),
  containerPause(containers),
  containerUnpause(containers),
  containerRename(containers),
  containerDelete(containers),
  containerWait(containers),
  containerTop(containers),
  containerStats(containers, stats),
  containerResize(containers),
  containerUpdate(containers),
  containerLogs(containers),
  containerAttach(containers),
  containerAttachWebsocket(containers),
  containerArchiveInfo(containers),
  containerArchive(containers),
  putContainerArchive(containers),
  containerChanges(containers),
  containerExport(containers),
  containerPrune(containers),
  imageCommit(containers),
]
