import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

type Message = Record<string, unknown>
type Volume = { Name: string; Mountpoint: string; users: string[] }

/** A volume plugin by the documented protocol, with its volumes in directories. `calls` is everything it was asked. */
export type VolumePlugin = AsyncDisposable & {
  calls: string[]
  volumes: Map<string, Volume>
  /** Answers in place of the plugin's own; a promise that never ends: it hangs. */
  lies: Record<string, (message: Message) => unknown>
}

/** Listens at `<sockets>/<name>.sock`. */
export function volumePlugin(sockets: string, name: string, root: string): VolumePlugin {
  mkdirSync(sockets, { recursive: true })
  const path = join(sockets, `${name}.sock`)
  const calls: string[] = []
  const volumes = new Map<string, Volume>()
  const lies: VolumePlugin['lies'] = {}
  const answers = { ...driverAnswers(volumes, root), 'Plugin.Activate': () => ({ Implements: ['VolumeDriver'] }) }
  const server = Bun.serve({
    unix: path,
    async fetch(request) {
      const method = new URL(request.url).pathname.slice(1)
      const message = (await request.json().catch(() => ({}))) as Message
      calls.push([method.replace('VolumeDriver.', ''), message['Name'], message['ID']].filter(Boolean).join(' '))
      const answer = lies[method] ?? (answers as VolumePlugin['lies'])[method]
      if (!answer) return new Response('no such method', { status: 404 })
      return Response.json(await answer(message))
    },
  })
  return {
    calls,
    volumes,
    lies,
    async [Symbol.asyncDispose]() {
      await server.stop(true)
      rmSync(path, { force: true })
    },
  }
}

function driverAnswers(volumes: Map<string, Volume>, root: string): VolumePlugin['lies'] {
  const known = (message: Message, work: (volume: Volume) => unknown) => {
    const volume = volumes.get(String(message['Name']))
    return volume ? work(volume) : { Err: 'no such volume' }
  }
  const shown = ({ Name, Mountpoint }: Volume) => ({ Name, Mountpoint, Status: { kept: 'well' } })
  return {
    'VolumeDriver.Create': ({ Name, Opts }) => {
      if ((Opts as Record<string, string>)['refuse']) return { Err: 'not this one' }
      const Mountpoint = join(root, String(Name))
      mkdirSync(Mountpoint, { recursive: true })
      volumes.set(String(Name), { Name: String(Name), Mountpoint, users: [] })
      return {}
    },
    'VolumeDriver.Remove': message =>
      known(message, ({ Name }) => {
        volumes.delete(Name)
        return {}
      }),
    'VolumeDriver.Get': message => known(message, volume => ({ Volume: shown(volume) })),
    'VolumeDriver.List': () => ({ Volumes: [...volumes.values()].map(shown) }),
    'VolumeDriver.Mount': message =>
      known(message, ({ Mountpoint, users }) => {
        users.push(String(message['ID']))
        return { Mountpoint }
      }),
    'VolumeDriver.Unmount': message =>
      known(message, volume => {
        volume.users = volume.users.filter(user => user !== message['ID'])
        return {}
      }),
    'VolumeDriver.Capabilities': () => ({ Capabilities: { Scope: 'global' } }),
  }
}
