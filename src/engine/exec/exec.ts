import type { ExecCreate, ExecInspect } from '../../formats/engine-api/container.ts'
import type { Monitor } from '../../host/monitor/monitor.ts'

/** One more program in a container that runs: created → running → ended, once. One that has been started is found again by the next daemon. */
export type Exec = {
  readonly id: string
  readonly containerId: string
  readonly config: ExecCreate
  status: 'created' | 'starting' | 'running' | 'ended'
  /** On the host; 0 until it runs. */
  pid: number
  exitCode: number | null
  monitor?: Monitor
}

export function inspectExec(exec: Exec): ExecInspect {
  const { config } = exec
  const [entrypoint = '', ...words] = config.Cmd ?? []
  return {
    ID: exec.id,
    Running: exec.status === 'running',
    ExitCode: exec.exitCode,
    ProcessConfig: {
      tty: config.Tty ?? false,
      entrypoint,
      arguments: words,
      privileged: config.Privileged ?? false,
      ...(config.User && { user: config.User }),
    },
    OpenStdin: config.AttachStdin ?? false,
    OpenStderr: config.AttachStderr ?? false,
    OpenStdout: config.AttachStdout ?? false,
    CanRemove: exec.status === 'ended',
    ContainerID: exec.containerId,
    DetachKeys: config.DetachKeys ?? '',
    Pid: exec.pid,
  }
}
