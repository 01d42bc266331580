import { type Listener, listenOnDescriptor, listenOnTcp, listenOnUnix } from '../../api/http/listen.ts'
import type { Api } from '../../api/http/server.ts'
import { mutualTls } from '../../api/http/tls.ts'
import { logger } from '../../base/log.ts'
import { activationDescriptors } from '../config/load.ts'
import type { DaemonSettings } from '../config/settings.ts'
import { daemonFaults } from './faults.ts'
import { groupIdOf } from './groups.ts'

const log = logger('daemon')

/** Opens every address of the settings; if one fails, those that are open are closed again. */
export async function listenOnAll(api: Api, settings: DaemonSettings): Promise<Listener[]> {
  const listeners: Listener[] = []
  try {
    for (const address of settings.hosts) listeners.push(...(await listenOn(api, settings, address)))
    return listeners
  } catch (failure) {
    await Promise.all(listeners.map(listener => listener.close(0)))
    throw failure
  }
}

async function listenOn(
  api: Api,
  settings: DaemonSettings,
  address: DaemonSettings['hosts'][number],
): Promise<Listener[]> {
  if (address.kind === 'fd') return await listenOnActivated(api)
  if (address.kind === 'unix')
    return [await listenOnUnix(api.createServer({ kind: 'unix' }), address.path, groupIdOf(settings.group))]
  const { tls } = settings
  if (!tls)
    log.warn('listening on TCP without client certificates: whoever reaches the port is root here', { ...address })
  const server = api.createServer(
    tls ? { kind: 'tls', material: mutualTls(tls.ca, tls.cert, tls.key) } : { kind: 'insecure-tcp' },
  )
  return [await listenOnTcp(server, address.host, address.port)]
}

async function listenOnActivated(api: Api): Promise<Listener[]> {
  const descriptors = activationDescriptors()
  if (descriptors.length === 0) throw daemonFaults.NO_DESCRIPTOR()
  return await Promise.all(descriptors.map(one => listenOnDescriptor(api.createServer({ kind: 'unix' }), one)))
}
