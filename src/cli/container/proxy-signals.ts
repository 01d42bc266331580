import type { Client } from '../../client/client.ts'
import { killContainer } from '../../client/containers.ts'
import type { Session } from '../session.ts'

const FORWARDED: NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
  'SIGTRAP',
  'SIGVTALRM',
  'SIGXCPU',
  'SIGXFSZ',
]
const PATIENCE = 3

/**
 * Sends the signals that this process gets to the container, in order. After three SIGINT or SIGTERM it gives up and ends,
 * as docker does, so that a container that does not listen cannot hold the terminal.
 */
export function proxySignals(session: Session, client: Client, id: string, forwards = true): Disposable {
  let last = Promise.resolve<unknown>(undefined)
  let asked = 0
  const listeners = FORWARDED.map(signal => {
    const listener = () => {
      if (forwards) last = last.then(() => killContainer(client, id, signal).catch(() => {}))
      if ((signal === 'SIGINT' || signal === 'SIGTERM') && ++asked >= PATIENCE) giveUp(session)
    }
    process.on(signal, listener)
    return { signal, listener }
  })
  return {
    [Symbol.dispose]: () => {
      for (const { signal, listener } of listeners) process.off(signal, listener)
    },
  }
}

function giveUp(session: Session): void {
  session.tell('\ngot 3 SIGTERM/SIGINTs, forcefully exiting')
  session.flush().finally(() => process.exit(1))
}
