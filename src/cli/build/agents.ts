import { statSync } from 'node:fs'
import { CommandFailure } from '../failures.ts'
import type { Environment } from '../settings.ts'

/** `default`, `id`, `id=/path/of/a/socket`: sockets of agents by id. */
export function parseAgents(texts: readonly string[], environment: Environment): ReadonlyMap<string, string> {
  const sockets = new Map<string, string>()
  for (const text of texts) {
    const at = text.indexOf('=')
    const id = (at < 0 ? text : text.slice(0, at)) || 'default'
    if (sockets.has(id)) throw new CommandFailure(`ERROR: duplicate agent ID "${id}"`)
    const path = at < 0 ? environment['SSH_AUTH_SOCK'] : text.slice(at + 1)
    if (!path) throw new CommandFailure(`ERROR: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set`)
    sockets.set(id, socketAt(path))
  }
  return sockets
}

/** Keys stay with an agent: Berth reads none from files. */
function socketAt(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new CommandFailure(`ERROR: failed to open ${path}: no such file or directory`)
  if (stats.isSocket()) return path
  throw new CommandFailure(`ERROR: ${path} is no socket of an ssh agent: add the key to an agent by ssh-add`)
}
