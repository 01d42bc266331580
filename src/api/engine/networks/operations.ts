import type { Containers } from '../../../engine/containers/containers.ts'
import type { Networks } from '../../../engine/networks/networks.ts'
import type { Operation } from '../../http/operation.ts'
import { networkConnect } from './connect.ts'
import { networkCreate } from './create.ts'
import { networkDelete } from './delete.ts'
import { networkDisconnect } from './disconnect.ts'
import { networkInspect } from './inspect.ts'
import { networkList } from './list.ts'
import { networkPrune } from './prune.ts'

export type NetworkNeeds = { networks: Networks; containers: Pick<Containers, 'connect' | 'disconnect' | 'find'> }

export const networkOperations = ({ networks, containers }: NetworkNeeds): Operation[] => [
  networkList(networks),
  networkInspect(networks),
  networkCreate(networks),
  networkDelete(networks),
  networkPrune(networks),
  networkConnect(containers),
  networkDisconnect(containers),
]
