import { createHash } from 'node:crypto'
import { isGitUrl } from '../../../formats/git-url/git-url.ts'
import type { BuildClient } from '../contract.ts'
import { buildFaults } from '../faults.ts'
import type { BuildNeeds } from '../needs.ts'
import type { CopyStep } from '../plan/step.ts'
import type { BuildSources } from './build-sources.ts'
import { download, shownUrl } from './download.ts'
import { bringGit } from './git.ts'
import type { OpenSource } from './open-source.ts'

type Needs = { needs: BuildNeeds; sources: BuildSources; request: { client: BuildClient }; signal: AbortSignal }
type Asked = Pick<CopyStep, 'checksum' | 'keepGitDirectory'>
/** `name`: what of it is meant; the whole of it: `.`. */
export type Remote = { opened: OpenSource; name: string; isRepository: boolean }

/** What ADD takes from elsewhere: a repository, or a file by http. */
export async function openRemote(needs: Needs, url: string, step: Asked): Promise<Remote> {
  return isGitUrl(url) ? await openRepository(needs, url, step) : await openFile(needs, url, step)
}

async function openRepository({ needs, sources, request, signal }: Needs, url: string, step: Asked): Promise<Remote> {
  const copy = needs.contexts.open('', shownUrl(url))
  sources.hold(copy)
  await bringGit({ instance: needs.instance, client: request.client, signal }, url, copy, {
    ...(step.keepGitDirectory && { keepGitDirectory: true }),
    ...(step.checksum && { commit: step.checksum }),
  })
  return { opened: { kind: 'directory', copy }, name: '.', isRepository: true }
}

/** Mode 0600, the time that the server says, named after the end of the URL. */
async function openFile({ needs, sources, request, signal }: Needs, url: string, step: Asked): Promise<Remote> {
  const authorization = await authorizationFor(request.client, url)
  const { chunks, name, modified } = await download(url, needs.registries(), signal, authorization)
  const copy = needs.contexts.open('', shownUrl(url))
  sources.hold(copy)
  const hash = createHash('sha256')
  await copy.sync(async writer => {
    const file = writer.file(name, { mode: 0o600, size: 0, modified: { seconds: modified, nanoseconds: 0 } })
    for await (const chunk of chunks) {
      hash.update(chunk)
      await file.write(chunk)
    }
    await file.end()
  }, signal)
  const found = `sha256:${hash.digest('hex')}`
  if (step.checksum && step.checksum !== found) throw buildFaults.CHECKSUM(step.checksum, found)
  return { opened: { kind: 'directory', copy }, name, isRepository: false }
}

/** Secrets of the client for one host. Source: BuildKit, source/http. */
async function authorizationFor(client: BuildClient, url: string): Promise<string | undefined> {
  const host = URL.parse(url)?.host
  if (!host) return undefined
  const header = await client.secret(`HTTP_AUTH_HEADER_${host}`)
  if (header) return Buffer.from(header).toString().trim()
  const token = await client.secret(`HTTP_AUTH_TOKEN_${host}`)
  return token && `Bearer ${Buffer.from(token).toString().trim()}`
}
