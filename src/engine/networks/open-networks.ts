import { join } from 'node:path'
import { describe } from '../../base/faults.ts'
import type { Instance } from '../../base/instance.ts'
import { logger } from '../../base/log.ts'
import { NetworkWorker } from '../../host/network-worker/network-worker.ts'
import type { Database } from '../../store/database/database.ts'
import { Attachments } from './attachments.ts'
import type { NetworksContext } from './context.ts'
import { FirewallGuard } from './firewall-guard.ts'
import { NetworkRecords, PREDEFINED } from './network-records.ts'
import type { Networks } from './networks.ts'
import { recoverNetworks, type Up } from './recovery.ts'
import { findNetwork, resourceOf } from './resources.ts'
import type { NetworkingSettings } from './settings.ts'
import { TakeDown } from './take-down.ts'
import { validateRequest } from './validate.ts'

const log = logger('networks')

export type NetworksNeeds = {
  instance: Instance
  database: Database
  settings: NetworkingSettings
  /** The port proxy's executable (`installNative`). */
  proxyProgram: string
  /** The present name of a container, for `inspect`; without it, the one that it was attached under. */
  nameOf?: (containerId: string) => string | undefined
}

/**
 * The networks of one daemon. Nothing is touched before `recover`, which brings them up; `stop` gives back what nobody uses,
 * and everything when no container runs.
 */
export function openNetworks(needs: NetworksNeeds): Networks & { stop(): Promise<void> } {
  const { instance, settings } = needs
  const records = new NetworkRecords(needs.database)
  const worker = new NetworkWorker()
  const directory = join(instance.execRoot, 'netns')
  const context: NetworksContext = {
    instance,
    settings,
    worker,
    records,
    takeDown: new TakeDown(worker, instance.bridge, directory),
    directory,
    proxies: join(instance.execRoot, 'proxies'),
    proxyProgram: needs.proxyProgram,
  }
  const attachments = new Attachments(context)
  let up: Up | undefined
  let guard: FirewallGuard | undefined
  const all = () => PREDEFINED.map(name => records.get(name))
  const containersIn = (network: string) => attachments.containersIn(network, needs.nameOf)

  return {
    validate: request => validateRequest(request, settings.bindAddress),
    attach: request => attachments.attach(request),
    republish: (containerId, wanted, meanwhile) => attachments.republish(containerId, wanted, meanwhile),
    release: containerId => attachments.release(containerId),
    recover: async alive => {
      up = await recoverNetworks(context, attachments, alive)
      guard = new FirewallGuard(context, () => attachments.firewallPlan(), up.guardsForwarding)
      guard.start(() => attachments.mend())
    },
    list: () => all().map(record => resourceOf(record, {}, instance.bridge, settings)),
    inspect: idOrName => {
      const record = findNetwork(all(), idOrName)
      return resourceOf(record, containersIn(record.name), instance.bridge, settings)
    },
    stop: async () => {
      await guard?.stop()
      await up?.close().catch(failure => log.error('the networks were not put away', { error: describe(failure) }))
      worker[Symbol.dispose]()
    },
  }
}
