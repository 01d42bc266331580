import { pullImage as requestPull } from '../../client/images.ts'
import { familiarName, parseReference, type Reference, withDefaultTag } from '../../formats/reference/reference.ts'
import { showProgress } from '../format/progress.ts'
import { authHeader } from '../registry/credentials.ts'
import type { Session } from '../session.ts'

export type PullSettings = { platform: string; quiet: boolean; stream: 'stdout' | 'stderr'; all?: boolean }

/** Pulls an image by the name a person typed, with what is stored to log in to its registry. */
export async function pullImage(session: Session, name: string, settings: PullSettings): Promise<void> {
  const reference = settings.all ? parseReference(name) : withDefaultTag(parseReference(name))
  const client = await session.client()
  const query = {
    fromImage: nameOf(reference),
    tag: reference.digest ?? reference.tag,
    platform: settings.platform ? settings.platform.toLowerCase() : undefined,
  }
  const response = await requestPull(client, query, await authHeader(session, reference.domain))
  await showProgress(session, response.body, settings.quiet ? undefined : session[settings.stream])
}

const nameOf = (reference: Reference): string => {
  const { domain, path } = reference
  return domain === 'docker.io' ? `docker.io/${path}` : familiarName(reference)
}
