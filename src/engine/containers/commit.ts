import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../base/faults.ts'
import { step } from '../../base/steps.ts'
import type { ContainerConfig } from '../../formats/engine-api/container.ts'
import type { ImageDefaults } from '../../formats/oci-image/config.ts'
import { familiar, type Reference, withDefaultTag } from '../../formats/reference/reference.ts'
import { applyChanges } from '../images/import/changes.ts'
import { type ContainerContext, cgroupOf, emit, pathsOf } from './context.ts'
import { mergeImage } from './create/image-config.ts'
import { containerFaults } from './faults.ts'
import type { LiveContainer } from './live-container.ts'
import { pauseContainer, unpauseContainer } from './pause.ts'

export type ContainerCommit = {
  /** Instead of the container's. */
  config?: ContainerConfig
  /** Instructions of a Dockerfile. */
  changes: readonly string[]
  author: string
  comment: string
  reference?: Reference
  /** Its programs stand still while its files are read. */
  pause: boolean
}

/** An image of a container's root as it is now; its id. */
export async function commitContainer(
  context: ContainerContext,
  container: LiveContainer,
  asked: ContainerCommit,
  signal: AbortSignal,
): Promise<string> {
  refuseHalfGone(container)
  const { id, record } = container
  const { images, layers } = context.needs
  const changed = applyChanges((asked.config ?? record.config) as ImageDefaults, asked.changes)
  const imageId = await images.commit({
    imageId: record.imageId,
    container: { id, config: wireConfig(record.config) },
    config: wireConfig(mergeImage(changed, record.config as ImageDefaults)),
    author: asked.author,
    comment: asked.comment,
    ...(asked.reference && { reference: asked.reference }),
    layer: () =>
      standingStill(context, container, asked.pause, () =>
        layers.copyUpper(pathsOf(context, container).upper, { signal }),
      ),
  })
  const imageRef = asked.reference ? familiar(withDefaultTag(asked.reference)) : ''
  emit(context, container, 'commit', { comment: asked.comment, imageID: imageId, imageRef })
  return imageId
}

function refuseHalfGone({ id, isRemoving, record }: LiveContainer): void {
  if (record.state.status === 'dead') throw containerFaults.COMMIT(id, 'Dead')
  if (isRemoving || record.state.status === 'removing') throw containerFaults.COMMIT(id, 'being removed')
}

/** A note on the disk says that it was we who froze it: a daemon that starts after a kill lets it go on. */
async function standingStill<T>(
  context: ContainerContext,
  container: LiveContainer,
  pause: boolean,
  work: () => Promise<T>,
): Promise<T> {
  if (!pause || container.record.state.status !== 'running') return await work()
  const note = notePath(context, container)
  writeFileSync(note, '')
  step()
  try {
    await pauseContainer(context, container).catch(unless('CONTAINER_NOT_RUNNING', 'CONTAINER_ALREADY_PAUSED'))
    return await work()
  } finally {
    await unpauseContainer(context, container).catch(unless('CONTAINER_NOT_PAUSED'))
    step()
    rmSync(note, { force: true })
  }
}

/** It ended meanwhile, or a person was quicker. */
const unless =
  (...codes: string[]) =>
  (failure: unknown): void => {
    if (!(failure instanceof Fault) || !codes.includes(failure.code)) throw failure
  }

const notePath = (context: ContainerContext, container: LiveContainer): string =>
  join(pathsOf(context, container).bundle, 'frozen-for-commit')

/** Ends the pause of a commit that died with its daemon. */
export async function endCommitPause(context: ContainerContext, container: LiveContainer): Promise<void> {
  const note = notePath(context, container)
  if (!existsSync(note)) return
  await context.needs.cgroups.thaw(cgroupOf(context, container))
  rmSync(note, { force: true })
}

/** As Go writes the struct: these are always there. */
const wireConfig = (config: ContainerConfig): ContainerConfig => ({
  ...WIRE_DEFAULTS,
  ...Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined && value !== null)),
})
const WIRE_DEFAULTS: ContainerConfig = {
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Image: '',
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: {},
}
