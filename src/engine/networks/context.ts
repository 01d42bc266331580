import type { Instance } from '../../base/instance.ts'
import type { NetworkWorker } from '../../host/network-worker/network-worker.ts'
import type { Resolver } from '../../host/resolver/contract.ts'
import type { Events } from '../events/events.ts'
import type { NetworkRecords } from './network-records.ts'
import type { NetworkingSettings } from './settings.ts'
import type { TakeDown } from './take-down.ts'

/** What the parts of the networks share. */
export type NetworksContext = {
  instance: Instance
  settings: NetworkingSettings
  worker: NetworkWorker
  records: NetworkRecords
  takeDown: TakeDown
  events: Pick<Events, 'emit'>
  /** Names inside user-defined networks. */
  resolver: Resolver | undefined
  /** It was us who let the machine forward IPv6. */
  forwardsIpv6: { opened: boolean }
  /** Of the namespaces: execRoot/netns. */
  directory: string
  /** Of the port proxies' files: execRoot/proxies. */
  proxies: string
  /** The port proxy's executable. */
  proxyProgram: string
}
