import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs'
import { createContainer as postCreate } from '../../client/containers.ts'
import { DaemonFault } from '../../client/faults.ts'
import { isAddress } from '../../formats/addresses/is-address.ts'
import type { ContainerCreate } from '../../formats/engine-api/container.ts'
import { formatPlatform, parsePlatform } from '../../formats/platform/platform.ts'
import { familiar, parseImageName, withDefaultTag } from '../../formats/reference/reference.ts'
import type { Session } from '../session.ts'
import { windowSize } from '../terminal.ts'
import { fileFailure } from './create-body.ts'
import type { CreateFlags } from './flags/create-flags.ts'

/**
 * Creates the container and gives its id; fetches the image first where that is asked for or it is missing. Warnings and
 * the progress of the fetch go to stderr. Whatever happens, no id file is left without an id in it.
 */
export async function createContainer(
  session: Session,
  flags: CreateFlags & { pull: string },
  body: ContainerCreate,
): Promise<string> {
  using idFile = openIdFile(flags.cidfile)
  const name = parseImageName(body.Image ?? '')
  const client = await session.client()
  const platform = flags.platform || session.environment['DOCKER_DEFAULT_PLATFORM'] || ''
  const query = {
    name: flags.name || undefined,
    platform: platform && (await client.supports('1.41')) ? formatPlatform(parsePlatform(platform)) : undefined,
  }
  if (flags.pull === 'always') await pull(session, body.Image!, platform, flags.quiet)
  const { rows, columns } = windowSize(session.stdout)
  body.HostConfig!.ConsoleSize = [rows, columns]
  let created: { Id: string; Warnings: string[] | null }
  try {
    created = await postCreate(client, body, query)
  } catch (failure) {
    const isMissing = failure instanceof DaemonFault && failure.status === 404
    if (!isMissing || name.kind !== 'reference' || flags.pull !== 'missing') throw failure
    if (!flags.quiet) session.tell(`Unable to find image '${familiar(withDefaultTag(name.reference))}' locally`)
    await pull(session, body.Image!, platform, flags.quiet)
    created = await postCreate(client, body, query)
  }
  for (const warning of [...(created.Warnings ?? []), ...localDnsWarnings(body)]) session.tell(`WARNING: ${warning}`)
  idFile.write(created.Id)
  return created.Id
}

async function pull(session: Session, image: string, platform: string, quiet: boolean): Promise<void> {
  await session.flush()
  const { pullImage } = await import('../image/pull-image.ts')
  await pullImage(session, image, { platform, quiet, stream: 'stderr' })
}

const localDnsWarnings = (body: ContainerCreate): string[] =>
  (body.HostConfig?.Dns ?? [])
    .filter(address => isAddress(address) && (address.startsWith('127.') || address === '::1'))
    .slice(0, 1)
    .map(address => `Localhost DNS (${address}) may fail in containers.`)

export function checkPullPolicy(policy: string): void {
  if (['always', 'missing', 'never', ''].includes(policy)) return
  throw new Error(`invalid pull option: '${policy}': must be one of "always", "missing" or "never"`)
}

type IdFile = Disposable & { write(id: string): void }

function openIdFile(path: string): IdFile {
  if (path === '') return { write: () => {}, [Symbol.dispose]: () => {} }
  if (existsSync(path)) {
    throw new Error(`container ID file found, make sure the other container isn't running or delete ${path}`)
  }
  let descriptor: number
  try {
    descriptor = openSync(path, 'wx', 0o666)
  } catch (failure) {
    throw new Error(`failed to create the container ID file: ${fileFailure('open', path, failure).message}`)
  }
  let isWritten = false
  return {
    write(id) {
      writeSync(descriptor, id)
      isWritten = true
    },
    [Symbol.dispose]: () => {
      closeSync(descriptor)
      if (!isWritten) rmSync(path, { force: true })
    },
  }
}
