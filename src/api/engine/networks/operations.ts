import type { Networks } from '../../../engine/networks/networks.ts'
import type { Operation } from '../../http/operation.ts'
import { networkInspect } from './inspect.ts'
import { networkList } from './list.ts'

export type NetworkNeeds = { networks: Pick<Networks, 'list' | 'inspect'> }

export const networkOperations = ({ networks }: NetworkNeeds): Operation[] => [
  networkList(networks),
  networkInspect(networks),
]
