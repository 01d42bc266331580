import type { Socket } from 'node:net'

/**
 * A monitor is the process (src/host/monitor/monitor.c) that holds one container, or one exec in it, whether or not a
 * daemon is there. Its life: launched → `started` (or a rejection with the runtime's text) → `exited` → `gone`, when
 * mounts, cgroups and the runtime's state are released. Everything that it must outlive is told to it by its arguments.
 */
export type MonitorLaunch = {
  /** The berth-monitor program, see src/host/native. */
  program: string
  /** In a directory that belongs to this monitor alone: it also writes `pid` and `console.sock` there. Of any length. */
  socketPath: string
  containerId: string
  /** The OCI bundle, absolute; not read for an exec. */
  bundle: string
  /** `plainState`: the state of a container is the directory root/<id> and may simply be removed (crun). */
  runtime: { path: string; root: string; args?: string[]; plainState?: boolean }
  /** Absent: `run`. `processFile`: an OCI process object. */
  exec?: { processFile: string; id: string }
  /**
   * `lower`: absolute paths, topmost first. No `upper`: read-only. `volatile`: nothing is ever flushed to the disk for it,
   * not even by fsync in the container: for containers whose files go with them (--rm).
   */
  rootfs?: { mountpoint: string; lower: string[]; upper?: string; work?: string; volatile?: boolean }
  /**
   * Bound at `<bundle>/views/N` for the runtime: a path below a directory (one layer) or below an image (its layers, topmost
   * first), '' for the whole. Read-only means all that is mounted below, too. Needs `rootfs`.
   */
  views?: { layers: string[]; subpath: string; readOnly: boolean }[]
  terminal?: { rows: number; columns: number }
  stdin: boolean
  stdinOnce: boolean
  /**
   * json-file. `maxBytes` 0: unlimited. `attributes`: JSON object for the `attrs` of every line. `bufferBytes`: the container
   * never waits for the disk or for a client; so much may wait for them, what does not fit is lost, counted and told.
   */
  log?: { path: string; maxBytes: number; maxFiles: number; attributes?: string; bufferBytes?: number }
  /** Its directory must exist; removed at launch, written at the exit before `exited` is reported. */
  exitFile?: string
  /** /sys/fs/cgroup/memory/…/memory.oom_control (v1) or …/memory.events (v2). */
  oomFile?: string
  /** It dies with the daemon that started it: the steps of builds. */
  leash?: boolean
  /** The directories of the container's cgroups (`cgroupDirectories` of src/host/cgroups); removed at the end, with what runs in them. */
  cgroups?: string[]
}

/** `finishedAt`: nanoseconds since 1970. */
export type Exit = { code: number; oomKilled: boolean; finishedAt: bigint }
export type AttachStreams = { stdin: boolean; stdout: boolean; stderr: boolean; framed: boolean }

export type Monitor = {
  /** Rejects with a fault of `runtimeFaults`, or LOST. pid 0: it had ended already when this daemon came. */
  started: Promise<{ pid: number }>
  /** Rejects only with monitorFaults.LOST; so it does if `started` was rejected. */
  exited: Promise<Exit>
  /** Never rejects: the monitor has ended, all is released (or, if it was killed, nothing is). */
  gone: Promise<void>
  /** The first process killed for want of memory, while the container may go on. May stay pending for ever. */
  oom: Promise<void>
  kill(signal: number): void
  resize(rows: number, columns: number): void
  closeStdin(): void
  /** A file of the log was full and the next one is begun. */
  onRotated(listener: () => void): void
  /** The rotated file of this inode lies packed in `<path of the log>.gz-<inode>`; the monitor puts it in its place. */
  logPacked(inode: number): void
  /** Lets go of it, as a daemon does that ends: the container goes on, and the promises here are settled as LOST. */
  leave(): void
  /** The connection's bytes are what an Engine API client gets and sends. It ends when the container's output has ended. */
  attach(streams: AttachStreams): Promise<Socket>
}

/** `CODE OOM UNIX_NS`, as in the exit file and on the control connection. */
export function parseExit(text: string): Exit | undefined {
  const match = /^(\d{1,3}) ([01]) (\d{1,20})\s*$/.exec(text)
  return match ? { code: Number(match[1]), oomKilled: match[2] === '1', finishedAt: BigInt(match[3]!) } : undefined
}
