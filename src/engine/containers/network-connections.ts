import type { EndpointSettings } from '../../formats/engine-api/container.ts'
import type { NetworkAttachment } from '../networks/networks.ts'
import { type ContainerRecord, isRunning } from './container.ts'
import type { ContainerContext } from './context.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'
import { networkRequest } from './network-request.ts'

/** Into a further network: a container that runs is in it when this resolves, others when they start. Throws 400, 403, 404 and 409 faults. */
export const connectContainer = (
  context: ContainerContext,
  container: LiveContainer,
  network: string,
  asked: EndpointSettings,
): Promise<void> =>
  context.locks.run(container.id, async () => {
    refuseDying(container)
    const { record } = container
    const { networks } = context.needs
    const request = networkRequest(context, record)
    const name = networks.checkConnect(request, network, asked)
    const after = withEndpoint(record, name, asked)
    const wanted = networkRequest(context, after)
    const attachment = isRunning(record.state) ? await networks.connect(wanted, name, asked) : undefined
    context.table.replace(container, { ...after, state: container.record.state, ...(attachment && { attachment }) })
  })

/** Out of a network. Throws 403 and 404 faults. */
export const disconnectContainer = (
  context: ContainerContext,
  container: LiveContainer,
  network: string,
): Promise<void> =>
  context.locks.run(container.id, async () => {
    refuseDying(container)
    const { networks } = context.needs
    const after = withoutEndpoint(container.record, networks.inspect(network))
    const store = (attachment?: NetworkAttachment) =>
      context.table.replace(container, {
        ...after,
        state: container.record.state,
        ...(attachment && { attachment }),
      })
    const request = networkRequest(context, after)
    if (isRunning(container.record.state)) await networks.disconnect(request, network, store)
    else {
      networks.checkDisconnect(networkRequest(context, container.record), network)
      store()
    }
  })

function refuseDying({ id, record }: LiveContainer): void {
  const { status } = record.state
  if (status === 'removing' || status === 'dead') throw containerFaults.CONNECT_REMOVED(id)
}

/** All that it is to be in, named: the network of its mode too, which else goes without saying. */
function endpointsOf({ networking, hostConfig }: ContainerRecord): Record<string, EndpointSettings | null> {
  const asked = networking.EndpointsConfig ?? {}
  if (Object.keys(asked).length > 0) return asked
  return { [hostConfig.NetworkMode || 'default']: {} }
}

const withEndpoint = (record: ContainerRecord, name: string, asked: EndpointSettings): ContainerRecord => ({
  ...record,
  networking: { ...record.networking, EndpointsConfig: { ...endpointsOf(record), [name]: asked } },
})

function withoutEndpoint(record: ContainerRecord, { Name, Id }: { Name: string; Id: string }): ContainerRecord {
  const isIt = (key: string): boolean => key === Name || key === Id || (key === 'default' && Name === 'bridge')
  const kept = Object.entries(endpointsOf(record)).filter(([key]) => !isIt(key))
  return { ...record, networking: { ...record.networking, EndpointsConfig: Object.fromEntries(kept) } }
}
