import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../../../base/ids.ts'
import type { ContainerConfig, ExecCreate, HostConfig } from '../../../../formats/engine-api/container.ts'
import type { OciRuntimeSpec } from '../../../../formats/oci-runtime/spec.ts'
import { openCgroups } from '../../../../host/cgroups/cgroups.ts'
import type { ContainerRecord } from '../../container.ts'
import { type DaemonDefaults, daemonDefaults } from '../../create/daemon-defaults.ts'
import { prepareCreate } from '../../create/prepare.ts'
import { imageOf } from '../../create/testing/defaults.ts'
import { execProcess } from '../exec-process.ts'
import { readHostFacts } from '../host-facts.ts'
import { layeredRoot } from '../layered-root.ts'
import { printSpec, runtimeSpec } from '../runtime-spec.ts'
import type { Surroundings } from '../surroundings.ts'
import { resolveUser } from '../user.ts'

const host = readHostFacts()
const PARENT = `/berth-spec-${process.pid}`
let cured: Promise<unknown> | undefined

export type Asked = {
  config?: ContainerConfig
  host?: HostConfig
  defaults?: Partial<DaemonDefaults>
  runtime?: 'crun' | 'runc'
  around?: Partial<Surroundings>
  /** Changes the root before it is used. */
  root?: (rootfs: string) => void
  /** Last changes of the spec. */
  spec?: (spec: OciRuntimeSpec) => void
}
export type Seen = { out: string; err: string; code: number }

/** A busybox root of its own and a real runtime that runs specs in it. Everything is gone when it is disposed of. */
export async function trial(asked: Asked = {}) {
  cured ??= openCgroups()
  await cured
  const directory = mkdtempSync(join(tmpdir(), 'berth-spec-'))
  const rootfs = join(directory, 'rootfs')
  makeRoot(rootfs)
  asked.root?.(rootfs)
  const runtime = asked.runtime ?? 'crun'
  const id = newId()
  const defaults = daemonDefaults({
    host,
    volumeRoot: join(directory, 'volumes'),
    findContainer: () => undefined,
    findImage: () => undefined,
    ...asked.defaults,
  })

  const build = (command: string | string[]) => {
    const Cmd = typeof command === 'string' ? ['sh', '-c', command] : command
    const config = { Image: 'x', NetworkDisabled: asked.host?.NetworkMode !== 'host', Cmd, ...asked.config }
    const prepared = prepareCreate({ ...config, HostConfig: asked.host }, imageOf(), defaults, id)
    const record = { id, name: 'trial', ...prepared } as unknown as ContainerRecord
    const around: Surroundings = {
      rootfs,
      files: { hosts: '', hostname: '', resolvConf: '' },
      user: resolveUser(layeredRoot([rootfs]), prepared.config.User ?? '', prepared.hostConfig.GroupAdd ?? []),
      join: {},
      host,
      runtime,
      cgroupParent: PARENT,
      defaults,
      ...asked.around,
    }
    const spec = runtimeSpec(record, around)
    asked.spec?.(spec)
    return { record, around, spec }
  }
  const call = (...words: string[]) => {
    const { stdout, stderr, exitCode } = Bun.spawnSync([runtime, '--root', join(directory, 'state'), ...words])
    return { out: stdout.toString().trim(), err: stderr.toString().trim(), code: exitCode ?? -1 }
  }
  const write = (spec: OciRuntimeSpec) => {
    mkdirSync(join(directory, 'bundle'), { recursive: true })
    writeFileSync(join(directory, 'bundle/config.json'), printSpec(spec))
    return ['run', '--bundle', join(directory, 'bundle')]
  }

  return {
    directory,
    rootfs,
    build,
    /** Runs the command to its end. */
    run: (command: string | string[]): Seen => call(...write(build(command).spec), id),
    /** Starts a container that sleeps; execs run beside it. */
    start(): { exec: (exec: ExecCreate, user?: string) => Seen } {
      const { record, around, spec } = build(['sleep', '1000'])
      // The sleeper must not hold the pipes of this test open.
      const words = [...write(spec), '--detach', id]
      const command = [runtime, '--root', join(directory, 'state'), ...words]
      const { exitCode, stderr } = Bun.spawnSync(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
      if (exitCode !== 0) throw new Error(`not started: ${stderr}`)
      return {
        exec(exec, user) {
          const resolved = user === undefined ? around.user : resolveUser(layeredRoot([rootfs]), user)
          const file = join(directory, 'process.json')
          writeFileSync(file, printSpec(execProcess(record, exec, { ...around, user: resolved })))
          return call('exec', '--process', file, id)
        },
      }
    },
    [Symbol.asyncDispose]: async () => {
      call('delete', '--force', id)
      rmSync(directory, { recursive: true, force: true })
      for (const controller of ['', 'unified', ...host_controllers()]) {
        try {
          rmSync(join('/sys/fs/cgroup', controller, PARENT), { recursive: false })
        } catch {}
        Bun.spawnSync(['rmdir', join('/sys/fs/cgroup', controller, PARENT)], { stderr: 'ignore' })
      }
    },
  }
}

const host_controllers = (): string[] =>
  ['blkio', 'cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'hugetlb', 'memory', 'pids', 'systemd'].filter(name =>
    existsSync(join('/sys/fs/cgroup', name)),
  )

function makeRoot(rootfs: string): void {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root', 'home/web', 'sbin']) {
    mkdirSync(join(rootfs, name), { recursive: true })
  }
  cpSync('/bin/busybox', join(rootfs, 'bin/busybox'))
  Bun.spawnSync(['chroot', rootfs, '/bin/busybox', '--install', '-s', '/bin'])
  writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n')
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nweb:x:1001:\naudio:x:29:web\n')
}
