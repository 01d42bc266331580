import { join } from 'node:path'
import type { OciRuntimeSpec } from '../../../formats/oci-runtime/spec.ts'
import { type ContainerRecord, initialState } from '../../containers/container.ts'
import { prepareCreate } from '../../containers/create/prepare.ts'
import type { LayeredRoot } from '../../containers/spec/layered-root.ts'
import { runtimeSpec } from '../../containers/spec/runtime-spec.ts'
import { resolveUser } from '../../containers/spec/user.ts'
import type { NetworkRequest } from '../../networks/networks.ts'
import type { BuildNeeds } from '../needs.ts'
import type { PreparedMounts } from './run-mounts.ts'
import type { RunRequest } from './run-request.ts'
import type { StepDirectories } from './step-directories.ts'

const HOSTNAME = 'buildkitsandbox'
const NOTHING = {
  config: { architecture: '', os: 'linux', config: {}, history: [], rootfs: { type: 'layers' as const, diff_ids: [] } },
}

/** The specification of a container that is as confined as any other [class: build steps must be as confined as containers]. */
export function specOf(
  needs: BuildNeeds,
  id: string,
  directories: StepDirectories,
  request: RunRequest,
  { mounts, env }: PreparedMounts,
  namespacePath: string | undefined,
  root: LayeredRoot,
): OciRuntimeSpec {
  const record = recordOf(needs, id, request)
  const user = resolveUser(root, request.step.user)
  const network = join(directories.exec, 'network')
  const spec = runtimeSpec(
    { ...record, mounts: [...record.mounts, ...mounts] },
    {
      rootfs: directories.rootfs,
      ...(namespacePath !== undefined && { namespacePath }),
      files: {
        hosts: join(network, 'hosts'),
        hostname: join(network, 'hostname'),
        resolvConf: join(network, 'resolv.conf'),
      },
      user,
      join: {},
      host: needs.defaults.host,
      runtime: needs.runtimes.get('').takesBpf ? 'crun' : 'runc',
      cgroupParent: needs.instance.cgroupParent,
      defaults: { ...needs.defaults, init: false },
    },
  )
  return { ...spec, process: { ...spec.process, env: environment([...request.step.env, ...env], user.home) } }
}

function environment(given: string[], home: string): string[] {
  const entries = new Map([['PATH', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']])
  for (const entry of given) entries.set(entry.slice(0, entry.indexOf('=')), entry)
  if (!entries.has('HOME')) entries.set('HOME', `HOME=${home}`)
  return [...entries.values()]
}

function recordOf(needs: BuildNeeds, id: string, { step, build, diffIds }: RunRequest): ContainerRecord {
  const { ShmSize, ...limits } = build.limits
  const body = {
    Image: '',
    Hostname: build.hostname || HOSTNAME,
    Cmd: step.args,
    WorkingDir: step.directory,
    HostConfig: {
      ...limits,
      ...(ShmSize && { ShmSize }),
      NetworkMode: modeOf(step.network, build.network),
      Privileged: step.insecure,
      IpcMode: 'private',
    },
  }
  const prepared = prepareCreate(body, NOTHING, needs.defaults, id)
  return {
    id,
    name: `build-${id.slice(0, 12)}`,
    created: '',
    imageRef: '',
    imageId: '',
    diffIds,
    platform: 'linux',
    state: initialState(),
    restartCount: 0,
    manuallyStopped: false,
    ...prepared,
  }
}

function modeOf(own: string, ofBuild: string): string {
  const mode = own === 'default' ? ofBuild : own
  return mode === 'default' ? 'bridge' : mode
}

export const networkRequestOf = (
  id: string,
  directories: StepDirectories,
  { step, build }: RunRequest,
): NetworkRequest => ({
  containerId: id,
  name: `build-${id.slice(0, 12)}`,
  mode: modeOf(step.network, build.network),
  hostname: build.hostname || HOSTNAME,
  domainname: '',
  portBindings: {},
  exposed: [],
  publishAll: false,
  endpoints: {},
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  extraHosts: build.extraHosts,
  directory: join(directories.exec, 'network'),
})
