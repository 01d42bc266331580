import type { EndpointSettings } from '../../formats/engine-api/container.ts'
import { type Attached, interfacesOf } from './attached.ts'
import type { Attachments } from './attachments.ts'
import type { NetworksContext } from './context.ts'
import { refuseMode } from './endpoints/asked-networks.ts'
import { type Place, publishingOf, routesOf } from './endpoints/gateways.ts'
import { nextDevice } from './endpoints/places.ts'
import { readEndpoint } from './endpoints/read-endpoint.ts'
import { shownEndpoint } from './endpoints/shown-endpoint.ts'
import { networkFaults } from './faults.ts'
import { bridgeFiles, ownNamesOf } from './names/files-for-mode.ts'
import { changeHosts } from './names/hosts-file.ts'
import { editNameFile } from './names/name-files.ts'
import { hasNames, publishNames, servedSandbox } from './names/served-names.ts'
import type { NetworkRecord } from './network-spec.ts'
import type { NetworkTable } from './network-table.ts'
import type { NetworkAttachment, NetworkRequest } from './networks.ts'
import { modeOf, properName } from './validate.ts'

export type Connecting = { context: NetworksContext; table: NetworkTable; attachments: Attachments }
type Running = Attached & { sandbox: NonNullable<Attached['sandbox']> }

/** The faults of a container that cannot be in the network; the network. */
export function checkConnect(
  { table, attachments }: Connecting,
  request: NetworkRequest,
  network: string,
  asked: EndpointSettings,
): NetworkRecord {
  const record = table.find(network)
  refuseMode(request.mode, { record })
  if (attachments.find(request.containerId)?.attachment.endpoints[record.name])
    throw networkFaults.ALREADY_IN(request.name, record.name)
  readEndpoint(record, asked)
  return record
}

/** Of a container that does not run. */
export function checkDisconnect({ table }: Connecting, request: NetworkRequest, network: string): void {
  const record = table.find(network)
  if (record.name === 'host' || modeOf(request.mode).kind === 'host') throw networkFaults.CONNECT_HOST()
  const names = Object.keys(request.endpoints)
  const isIn = (names.length > 0 ? names : [request.mode]).some(name =>
    [record.name, record.id].includes(properName(name)),
  )
  if (!isIn) throw networkFaults.NOT_CONNECTED(request.containerId, record.name)
}

/** Plugs a container that runs into a further network: all of it or nothing. */
export async function connectRunning(
  connecting: Connecting,
  request: NetworkRequest,
  network: string,
  asked: EndpointSettings,
): Promise<NetworkAttachment> {
  const record = checkConnect(connecting, request, network, asked)
  const { attachments, table } = connecting
  const before = running(attachments, request)
  using _use = table.use(record.id)
  const { network: live, wish, priority } = attachments.wanted({ record, asked })
  const used = new Set(before.places.map(({ plugged: { device } }) => device))
  if (wish.device !== undefined && used.has(wish.device)) throw networkFaults.DEVICE_TAKEN(wish.device)
  const device = wish.device ?? nextDevice(live.devicePrefix, used)
  const place: Place = { network: live, plugged: await live.plug(before.sandbox.path, device, wish), priority }
  const endpoint = shownEndpoint(request, asked, live, place.plugged)
  const endpoints = { ...before.attachment.endpoints, [record.name]: endpoint }
  const after = changed(before, [...before.places, place], endpoints, request)
  try {
    await settle(connecting, request, before, after)
    attachments.tell('connect', request.containerId, { [record.name]: endpoint })
    return after.attachment
  } catch (failure) {
    await settle(connecting, request, after, before).catch(() => {})
    await live.unplug(before.sandbox.path, place.plugged)
    throw failure
  }
}

/** `store` first: what is not stored is taken away by the next daemon. */
export async function disconnectRunning(
  connecting: Connecting,
  request: NetworkRequest,
  record: NetworkRecord,
  store: (attachment: NetworkAttachment) => void,
): Promise<void> {
  const before = running(connecting.attachments, request)
  const { [record.name]: endpoint, ...endpoints } = before.attachment.endpoints
  if (!endpoint) throw networkFaults.NOT_CONNECTED(request.containerId, record.name)
  const gone = before.places.find(({ network }) => network.record.id === record.id)
  const after = changed(
    before,
    before.places.filter(place => place !== gone),
    endpoints,
    request,
  )
  store(after.attachment)
  connecting.context.resolver?.withdraw(endpoint.EndpointID ?? '')
  if (gone) await gone.network.unplug(before.sandbox.path, gone.plugged)
  await settle(connecting, request, before, after)
  connecting.attachments.tell('disconnect', request.containerId, { [record.name]: endpoint })
}

function running(attachments: Attachments, { containerId, mode }: NetworkRequest): Running {
  const attached = attachments.find(containerId)
  if (!attached) throw networkFaults.FAILED(`the network of container ${containerId} is not known`)
  const { sandbox } = attached
  if (!sandbox) throw mode === 'host' ? networkFaults.CONNECT_HOST() : networkFaults.CONNECT_SHARED()
  return { ...attached, sandbox }
}

function changed(
  before: Running,
  places: Place[],
  endpoints: NetworkAttachment['endpoints'],
  request: NetworkRequest,
): Running {
  const attachment = { ...before.attachment, endpoints, interfaces: interfacesOf(places) }
  return { ...before, places, attachment, request }
}

/** Everything beside the interface itself: routes, hosts, names, published ports. */
async function settle(
  { context, attachments }: Connecting,
  request: NetworkRequest,
  before: Running,
  after: Running,
): Promise<void> {
  const { worker, resolver, settings } = context
  await worker.call('setRoutes', { path: after.sandbox.path, routes: routesOf(after.places) })
  editHosts(request, before, after)
  editResolvConf(context, request, before, after)
  attachments.set(request.containerId, after)
  const served = resolver && servedSandbox(after, settings)
  if (resolver && served) {
    publishNames(resolver, after)
    await resolver.serve(served)
  } else await resolver?.end(after.sandbox.id)
  const publishing = publishingOf(after.places)
  if (publishing) await attachments.publications.retarget(request.containerId, publishing.targets)
}

function editHosts(request: NetworkRequest, before: Running, after: Running): void {
  const [was, is] = [addressesIn(before), addressesIn(after)]
  const change = { add: is.filter(each => !was.includes(each)), remove: was.filter(each => !is.includes(each)) }
  editNameFile(request.directory, 'hosts', text => changeHosts(text, ownNamesOf(request), change))
}

/** The embedded resolver comes with the first user-defined network, and goes with the last. */
function editResolvConf(
  { resolver, settings }: NetworksContext,
  request: NetworkRequest,
  before: Running,
  after: Running,
): void {
  if (!resolver || hasNames(before.places) === hasNames(after.places)) return
  const reach = hasNames(after.places) ? 'embedded' : 'bridge'
  const { resolvConf } = bridgeFiles(request, settings, { gateway: undefined, addresses: [], reach })
  editNameFile(request.directory, 'resolv.conf', () => resolvConf)
}

const addressesIn = ({ places }: Attached): string[] =>
  places.flatMap(({ plugged }) => plugged.addresses.map(({ address }) => address))
