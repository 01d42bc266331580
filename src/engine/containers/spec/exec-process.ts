import type { ExecCreate } from '../../../formats/engine-api/container.ts'
import type { OciProcess } from '../../../formats/oci-runtime/spec.ts'
import type { ContainerRecord } from '../container.ts'
import { createFaults } from '../create/faults.ts'
import { capabilitiesOf, capabilitySets } from './capabilities.ts'
import { environmentOf } from './environment.ts'
import { appArmor, consoleSize, hasNoNewPrivileges, rlimits } from './process.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * One more process in a running container, as `crun exec --process` takes it. `around.user` is the user of the exec, or of
 * the container if it names none. The filter of system calls is the container's: the runtime keeps it beside its state.
 */
export function execProcess(
  container: ContainerRecord,
  exec: ExecCreate,
  around: Pick<Surroundings, 'user' | 'host' | 'defaults' | 'linkEnvironment'>,
): OciProcess {
  const { config, hostConfig } = container
  const { user, host, defaults, linkEnvironment } = around
  const capabilities = exec.Privileged ? host.capabilities : capabilitiesOf(hostConfig, around)
  return {
    terminal: exec.Tty ?? false,
    ...(exec.Tty && consoleSize(exec.ConsoleSize)),
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    args: [...(exec.Cmd ?? [])],
    env: environmentOf(config, { home: user.home, links: linkEnvironment }, exec.Env ?? [], exec.Tty),
    cwd: workingDirectory(exec.WorkingDir || config.WorkingDir || '/'),
    capabilities: capabilitySets(capabilities),
    rlimits: rlimits(hostConfig.Ulimits, defaults.ulimits, host),
    noNewPrivileges: hasNoNewPrivileges(container, around),
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
    ...appArmor(container, around),
  }
}

function workingDirectory(path: string): string {
  if (!path.startsWith('/')) throw createFaults.WORKING_DIR(path)
  return path
}
