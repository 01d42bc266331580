import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../../../base/ids.ts'
import type { Instance } from '../../../base/instance.ts'
import { type GitUrl, parseGitUrl } from '../../../formats/git-url/git-url.ts'
import { Repository } from '../../../host/git/repository.ts'
import type { ContextCopy } from '../../../store/context/contexts.ts'
import type { BuildClient } from '../contract.ts'
import { buildFaults } from '../faults.ts'
import { stepsOf } from '../run/step-directories.ts'
import { copyGitDirectory } from './git-directory.ts'

export type GitNeeds = { instance: Instance; client: BuildClient; signal: AbortSignal }

const MOST_DEPTH = 8

/** Fills a copy with the files of a commit, those of its submodules included; the commit. */
export async function bringGit(
  needs: GitNeeds,
  url: string,
  copy: ContextCopy,
  asked: { keepGitDirectory?: boolean; commit?: string } = {},
): Promise<string> {
  const parsed = parseGitUrl(url)
  const wanted = { ...parsed, ...(asked.commit && { commit: asked.commit }) }
  return await new GitSource(needs, copy).bring(wanted, asked.keepGitDirectory ?? parsed.keepGitDirectory ?? false)
}

class GitSource {
  readonly #needs: GitNeeds
  readonly #copy: ContextCopy

  constructor(needs: GitNeeds, copy: ContextCopy) {
    this.#needs = needs
    this.#copy = copy
  }

  async bring(url: GitUrl, keepGitDirectory: boolean, below = '', depth = 0): Promise<string> {
    if (depth > MOST_DEPTH) throw buildFaults.SOURCE(url.shown, 'submodules are nested too deeply')
    const place = join(stepsOf(this.#needs.instance), `git-${newId()}`)
    try {
      return await this.#bring(url, keepGitDirectory, place, below, depth)
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  }

  async #bring(url: GitUrl, keepGitDirectory: boolean, place: string, below: string, depth: number): Promise<string> {
    const { signal } = this.#needs
    const authorization = await this.#authorization(url.remote)
    const repository = await Repository.fetch(place, { ...url, signal, ...(authorization && { authorization }) })
    await this.#copy.unpack(repository.tar(url.directory), signal, below)
    if (url.submodules !== false) {
      for (const module of await repository.submodules(url.directory, signal)) {
        const from = parseGitUrl(absolute(module.url, url.remote))
        const path = below === '' ? module.path : `${below}/${module.path}`
        await this.bring({ ...from, ref: module.commit }, false, path, depth + 1)
      }
    }
    if (keepGitDirectory && below === '') await copyGitDirectory(repository, this.#copy, signal)
    return repository.commit
  }

  /** Secrets of the client by which private repositories are read. Source: BuildKit, source/git. */
  async #authorization(remote: string): Promise<string | undefined> {
    const host = URL.parse(remote)
    if (!host || !/^https?:$/.test(host.protocol)) return undefined
    const secret = async (id: string) => {
      const value = (await this.#needs.client.secret(`${id}.${host.host}`)) ?? (await this.#needs.client.secret(id))
      return value && Buffer.from(value).toString().trim()
    }
    const header = await secret('GIT_AUTH_HEADER')
    if (header) return header
    const token = await secret('GIT_AUTH_TOKEN')
    return token && `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  }
}

/** `../other.git` is beside the repository that names it. */
function absolute(url: string, parent: string): string {
  if (!/^\.{1,2}\//.test(url)) return url
  const base = URL.parse(parent)
  if (!base) throw buildFaults.SOURCE(url, 'a relative submodule of such an address is not supported')
  return new URL(url, `${base.href.replace(/\/$/, '')}/`).href
}
