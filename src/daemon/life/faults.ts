import { defineFaults } from '../../base/faults.ts'

export const daemonFaults = defineFaults('DAEMON', {
  RUNNING: {
    kind: 'conflict',
    message: (dataRoot: string, pid: string) => `another daemon (process ${pid}) uses ${dataRoot}`,
    hint: 'stop it with `berth daemon stop`, or give this one a --data-root of its own',
  },
  NOT_ROOT: {
    kind: 'forbidden',
    message: () => 'the daemon has to be started as root: it makes namespaces, mounts and cgroups',
  },
  NO_GROUP: { kind: 'invalid', message: (name: string) => `group: there is no group ${JSON.stringify(name)}` },
  NO_DESCRIPTOR: { kind: 'invalid', message: () => 'host fd:// needs a socket of systemd, and there is none' },
  NOT_STARTED: {
    kind: 'internal',
    message: (log: string, end: string) => `the daemon did not start; its log (${log}) ends with:\n${end}`,
  },
  NOT_RUNNING: { kind: 'not-found', message: (dataRoot: string) => `no daemon uses ${dataRoot}` },
  NOT_STOPPED: {
    kind: 'internal',
    message: (pid: string, seconds: number) => `process ${pid} is still there after ${seconds} s`,
  },
})
