import { defineFaults, Fault, type FaultKind } from '../base/faults.ts'

/** What can go wrong between a client and a daemon. */
export const clientFaults = defineFaults('CLIENT', {
  UNREACHABLE: {
    kind: 'unavailable',
    message: (host: string) => `Cannot connect to the Berth daemon at ${host}. Is the berth daemon running?`,
    hint: "Start one with 'berth daemon start', or name another with --host, BERTH_HOST or DOCKER_HOST.",
  },
  FORBIDDEN_SOCKET: {
    kind: 'forbidden',
    message: (host: string, reason: string) =>
      `permission denied while trying to connect to the Berth daemon socket at ${host}: ${reason}`,
    hint: "Run the command as root, or let an administrator add you to the daemon's group.",
  },
  BAD_HOST: { kind: 'invalid', message: (reason: string) => `unable to resolve docker endpoint: ${reason}` },
  BAD_CONTEXT: { kind: 'invalid', message: (reason: string) => `unable to resolve docker endpoint: ${reason}` },
  BAD_TLS: { kind: 'invalid', message: (reason: string) => `unable to resolve docker endpoint: ${reason}` },
  CONNECTION: {
    kind: 'unavailable',
    message: (host: string, reason: string) => `error during connect: ${host}: ${reason}`,
  },
  COMMAND_ENDED: {
    kind: 'unavailable',
    message: (command: string, code: number | string, said: string) =>
      `error during connect: command [${command}] has exited with exit status ${code}, make sure the URL is valid, and Berth or Docker is installed on the remote host: stderr=${said}`,
  },
  NO_PROGRAM: {
    kind: 'unavailable',
    message: (program: string, why: string) => `error during connect: ${program} cannot be started: ${why}`,
  },
  BROKEN_ANSWER: { kind: 'unavailable', message: (reason: string) => `broken answer from the daemon: ${reason}` },
  TOO_OLD: {
    kind: 'not-implemented',
    message: (what: string, needs: string, has: string) =>
      `"${what}" requires API version ${needs}, but the Docker daemon API version is ${has}`,
  },
})

const KINDS: Record<number, FaultKind> = {
  304: 'not-modified',
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  501: 'not-implemented',
  503: 'unavailable',
}

/** What the daemon answered instead of doing what was asked: the message is Docker's `Error response from daemon: …`. */
export class DaemonFault extends Fault {
  readonly status: number
  /** The daemon's own words. */
  readonly reason: string

  constructor(status: number, reason: string) {
    super(KINDS[status] ?? 'internal', `DAEMON_${status}`, `Error response from daemon: ${reason}`)
    this.status = status
    this.reason = reason
  }
}
