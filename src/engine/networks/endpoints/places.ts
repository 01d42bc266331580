import type { NetworkWorker } from '../../../host/network-worker/network-worker.ts'
import { networkFaults } from '../faults.ts'
import type { LiveNetwork, Wish } from '../live-network.ts'
import type { Sandbox } from '../sandbox.ts'
import type { TakeDown } from '../take-down.ts'
import { type Place, routesOf } from './gateways.ts'

/** An interface that has to be made. */
export type WantedPlace = { network: LiveNetwork; wish: Wish; priority: number }
type Needs = { worker: NetworkWorker; takeDown: TakeDown }

/** A namespace with an interface in each of the networks. All of it or nothing. */
export async function takePlaces(
  wanted: [WantedPlace, ...WantedPlace[]],
  needs: Needs,
): Promise<{ sandbox: Sandbox; places: Place[] }> {
  const [first, ...rest] = wanted
  const devices = devicesFor(wanted)
  const { sandbox, plugged } = await first.network.takeSandbox({ ...first.wish, device: devices[0] })
  const places: Place[] = [{ network: first.network, plugged, priority: first.priority }]
  if (rest.length === 0) return { sandbox, places }
  try {
    for (const [at, { network, wish, priority }] of rest.entries()) {
      places.push({ network, plugged: await network.plug(sandbox.path, devices[at + 1] ?? '', wish), priority })
    }
    await needs.worker.call('setRoutes', { path: sandbox.path, routes: routesOf(places) })
    return { sandbox, places }
  } catch (failure) {
    await endPlaces(sandbox, places, needs)
    throw failure
  }
}

/** Of a start that was given up: nobody has used the namespace. */
export function giveBackPlaces(sandbox: Sandbox, places: Place[], needs: Needs): void {
  const [only, ...more] = places
  if (only && more.length === 0) only.network.giveBack(sandbox, only.plugged)
  else void endPlaces(sandbox, places, needs).catch(() => {})
}

/** The namespace goes with all its interfaces; their addresses are free when the kernel has destroyed them. */
export const endPlaces = (sandbox: Sandbox, places: Place[], { takeDown }: Needs): Promise<void> =>
  takeDown.begin(
    [sandbox.name],
    places.flatMap(({ network, plugged }) => network.dying(plugged)),
  )

/** The names of the interfaces: those that were asked for, and in between the next that are free. */
function devicesFor(wanted: WantedPlace[]): string[] {
  const used = new Set<string>()
  for (const { wish } of wanted) if (wish.device !== undefined) claim(wish.device, used)
  return wanted.map(({ wish, network }) => wish.device ?? nextDevice(network.devicePrefix, used))
}

function claim(device: string, used: Set<string>): void {
  if (used.has(device)) throw networkFaults.DEVICE_TAKEN(device)
  used.add(device)
}

/** `eth0`, or the first after it that is free; it is in use then. */
export function nextDevice(prefix: string, used: Set<string>): string {
  for (let number = 0; ; number++) {
    const device = `${prefix}${number}`
    if (used.has(device)) continue
    used.add(device)
    return device
  }
}
