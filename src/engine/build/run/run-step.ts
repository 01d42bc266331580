import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Background } from '../../../base/background.ts'
import { newId } from '../../../base/ids.ts'
import { step as tick } from '../../../base/steps.ts'
import { Demultiplexer } from '../../../formats/multiplexed-stream/demultiplexer.ts'
import { launchMonitor } from '../../../host/monitor/monitor.ts'
import type { Stamp } from '../../../store/copy/requests.ts'
import type { LayerIngested } from '../../../store/layers/layers.ts'
import { layeredRoot } from '../../containers/spec/layered-root.ts'
import { printSpec } from '../../containers/spec/runtime-spec.ts'
import { describeStartFailure, runtimeComplaint } from '../../containers/start-failure.ts'
import { RunFailure } from '../faults.ts'
import type { BuildNeeds } from '../needs.ts'
import type { CacheMounts } from './cache-mounts.ts'
import { prepareMounts } from './run-mounts.ts'
import type { RunRequest } from './run-request.ts'
import { networkRequestOf, specOf } from './run-spec.ts'
import { StepDirectories } from './step-directories.ts'
import { makeStubs, PLACES } from './stubs.ts'

const SIGKILL = 9

/** Runs the program of a step, confined as a container is, and makes a layer of what it has changed. */
export async function runStep(
  needs: BuildNeeds,
  { caches, background }: { caches: CacheMounts; background: Background },
  request: RunRequest,
  stamp: Stamp,
  signal: AbortSignal,
): Promise<LayerIngested> {
  const id = newId()
  const directories = new StepDirectories(needs.instance, id)
  const mounts = await prepareMounts(request, directories, caches, signal).catch(async failure => {
    await directories.remove()
    throw failure
  })
  try {
    const code = await execute(needs, id, directories, mounts, request, signal)
    signal.throwIfAborted()
    if (code !== 0) throw new RunFailure(request.step.shown, code)
    return await needs.layers.adoptUpper(directories.upper, { stamp, signal })
  } finally {
    await mounts.release()
    background.add('the removal of what a step has left', directories.remove())
  }
}

async function execute(
  needs: BuildNeeds,
  id: string,
  directories: StepDirectories,
  mounts: Awaited<ReturnType<typeof prepareMounts>>,
  request: RunRequest,
  signal: AbortSignal,
): Promise<number> {
  const lower = needs.layers.lower(request.diffIds)
  const stubs = directories.directory('stubs')
  const root = layeredRoot(lower)
  needs.layers.expectUpper()
  const hasStubs = makeStubs(root, stubs, [...PLACES, ...mounts.places])
  const attachment = await needs.networks.attach(networkRequestOf(id, directories, request))
  try {
    signal.throwIfAborted()
    const spec = specOf(needs, id, directories, request, mounts, attachment.namespacePath, root)
    writeFileSync(join(directories.exec, 'config.json'), printSpec(spec), { mode: 0o600 })
    tick()
    const layers = hasStubs || lower.length === 0 ? [stubs, ...lower] : lower
    return await launch(needs, id, directories, layers, request, spec.linux.cgroupsPath, signal)
  } finally {
    await needs.networks.release(id, attachment)
  }
}

async function launch(
  needs: BuildNeeds,
  id: string,
  { exec, rootfs, upper, work }: StepDirectories,
  lower: string[],
  { step, log }: RunRequest,
  cgroup: string,
  signal: AbortSignal,
): Promise<number> {
  const { monitor, attachments } = await launchMonitor(
    {
      program: needs.monitorProgram,
      socketPath: join(exec, 'monitor.sock'),
      containerId: id,
      bundle: exec,
      runtime: needs.runtimes.get(''),
      rootfs: { mountpoint: rootfs, lower, upper, work, volatile: true },
      stdin: false,
      stdinOnce: false,
      oomFile: needs.cgroups.oomFileOf(cgroup),
      cgroups: needs.cgroups.cgroupPathsOf(cgroup),
      leash: true,
    },
    [{ stdin: false, stdout: true, stderr: true, framed: true }],
  )
  const kill = () => monitor.kill(SIGKILL)
  signal.addEventListener('abort', kill, { once: true })
  monitor.exited.catch(() => {})
  try {
    const output = readOutput(attachments[0]!, log)
    await monitor.started
    if (signal.aborted) kill()
    const { code, oomKilled } = await monitor.exited
    await output
    if (oomKilled) log(2, Buffer.from('the step was killed for want of memory\n'))
    return code
  } catch (failure) {
    const complaint = runtimeComplaint(failure)
    if (!complaint) throw failure
    const asked = { program: step.args[0] ?? '', directory: step.directory }
    const { message, exitCode } = describeStartFailure(complaint, needs.runtimes.get('').name, asked)
    log(2, Buffer.from(`${message}\n`))
    return exitCode
  } finally {
    signal.removeEventListener('abort', kill)
    await monitor.gone
  }
}

function readOutput(socket: NodeJS.ReadableStream, log: RunRequest['log']): Promise<void> {
  const frames = new Demultiplexer((kind, piece) => log(kind === 2 ? 2 : 1, new Uint8Array(piece)))
  return new Promise(resolve => {
    socket.on('data', (chunk: Uint8Array) => frames.push(chunk))
    socket.on('close', () => resolve())
    socket.on('end', () => resolve())
    socket.on('error', () => resolve())
  })
}
