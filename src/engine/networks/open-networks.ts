import { join } from 'node:path'
import { describe } from '../../base/faults.ts'
import type { Instance } from '../../base/instance.ts'
import { KeyedLock } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'
import { NetworkWorker } from '../../host/network-worker/network-worker.ts'
import { openResolver } from '../../host/resolver/resolver.ts'
import type { Database } from '../../store/database/database.ts'
import type { Events } from '../events/events.ts'
import { Attachments } from './attachments.ts'
import { checkConnect, checkDisconnect, connectRunning, disconnectRunning } from './connect.ts'
import type { NetworksContext } from './context.ts'
import { FirewallGuard } from './firewall-guard.ts'
import { NetworkRecords } from './network-records.ts'
import { NetworkTable } from './network-table.ts'
import type { Networks } from './networks.ts'
import { bridgesOf, firewallPlan, recoverNetworks, type Up } from './recovery.ts'
import { resourceOf } from './resources.ts'
import type { NetworkingSettings } from './settings.ts'
import { TakeDown } from './take-down.ts'
import { UserNetworks } from './user-networks.ts'
import { validateRequest } from './validate.ts'

const log = logger('networks')

export type NetworksNeeds = {
  instance: Instance
  database: Database
  settings: NetworkingSettings
  /** The port proxy's executable (`installNative`). */
  proxyProgram: string
  events: Pick<Events, 'emit'>
  /** The embedded resolver's executable; without it names are what the host's resolver says. */
  resolverProgram?: string
  /** The present name of a container, for `inspect`; without it, the one that it was attached under. */
  nameOf?: (containerId: string) => string | undefined
}

/**
 * The networks of one daemon. Nothing is touched before `recover`, which brings them up; `stop` gives back what nobody uses,
 * and everything when no container runs.
 */
export function openNetworks(needs: NetworksNeeds): Networks & { stop(): Promise<void> } {
  const { instance, settings } = needs
  const context = contextOf(needs)
  const table = new NetworkTable(context.records)
  const attachments = new Attachments(context, table)
  const parts = { context, table, attachments }
  const own = new UserNetworks(parts, new KeyedLock())
  let up: Up | undefined
  let guard: FirewallGuard | undefined
  const containersIn = (network: string) => attachments.containersIn(network, needs.nameOf)

  return {
    validate: request => validateRequest(request, settings.bindAddress),
    attach: request => attachments.attach(request),
    republish: (containerId, wanted, meanwhile) => attachments.republish(containerId, wanted, meanwhile),
    rename: (containerId, name) => attachments.rename(containerId, name),
    release: containerId => attachments.release(containerId),
    recover: async alive => {
      up = await recoverNetworks(parts, alive)
      guard = new FirewallGuard(
        context,
        () => firewallPlan(parts),
        () => bridgesOf(table),
        up.guardsForwarding,
      )
      guard.start(() => attachments.mend())
    },
    create: asked => own.create(asked),
    remove: idOrName => own.remove(idOrName),
    prune: (matches, isTrial) =>
      own.prune(record => matches(resourceOf(record, {}, instance.bridge, settings)), isTrial),
    checkConnect: (request, network, asked) => checkConnect(parts, request, network, asked).name,
    connect: (request, network, asked) => connectRunning(parts, request, network, asked),
    disconnect: (request, network, store) => disconnectRunning(parts, request, table.find(network), store),
    checkDisconnect: (request, network) => checkDisconnect(parts, request, network),
    list: () => table.all().map(record => resourceOf(record, {}, instance.bridge, settings)),
    inspect: idOrName => {
      const record = table.find(idOrName)
      return resourceOf(record, containersIn(record.name), instance.bridge, settings)
    },
    stop: async () => {
      await guard?.stop()
      await up?.close().catch(failure => log.error('the networks were not put away', { error: describe(failure) }))
      context.worker[Symbol.dispose]()
    },
  }
}

function contextOf(needs: NetworksNeeds): NetworksContext {
  const { instance, settings, database, events, resolverProgram, proxyProgram } = needs
  const worker = new NetworkWorker()
  const directory = join(instance.execRoot, 'netns')
  return {
    instance,
    settings,
    worker,
    records: new NetworkRecords(database),
    takeDown: new TakeDown(worker, instance.linkPrefix, directory),
    events,
    resolver:
      resolverProgram === undefined
        ? undefined
        : openResolver({
            program: resolverProgram,
            socket: join(instance.execRoot, 'resolver.sock'),
            namespaces: directory,
            redirect: (path, port) => worker.call('redirectNames', { path, port }),
          }),
    forwardsIpv6: { opened: false },
    directory,
    proxies: join(instance.execRoot, 'proxies'),
    proxyProgram,
  }
}
