import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startPiped } from '../processes/helper.ts'
import { PLAIN_PATH, run } from '../processes/run.ts'
import { gitFaults } from './faults.ts'

const GIT = '/usr/bin/git'
const FETCH_MS = 30 * 60_000

export type GitFetch = {
  /** Already checked: no option, of a scheme that is allowed. */
  remote: string
  /** For messages: without user and password. */
  shown: string
  ref?: string
  /** What the commit has to begin with. */
  commit?: string
  /** Value of an Authorization header for the remote's host. */
  authorization?: string
  /** Socket of an agent. */
  agent?: string
  signal: AbortSignal
}

/**
 * A repository of ours, bare, into which one commit of another was fetched. What is in it is never checked out: no hook, filter or
 * attribute of it has a say; its files are read as a tar. Settings of the host are not read, and no other transport than
 * http, git and ssh is taken, nor one that a submodule asks for.
 */
export class Repository {
  readonly directory: string
  readonly commit: string
  readonly #shown: string

  private constructor(directory: string, commit: string, shown: string) {
    this.directory = directory
    this.commit = commit
    this.#shown = shown
  }

  static async fetch(directory: string, asked: GitFetch): Promise<Repository> {
    if (!existsSync(GIT)) throw gitFaults.MISSING()
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const git = (args: string[]) => runGit(directory, args, asked)
    await git(['init', '--quiet', '--bare', '--template=', '--', directory])
    // Of highest precedence: nothing is left out of the tar or replaced in it.
    mkdirSync(join(directory, 'info'), { recursive: true })
    writeFileSync(join(directory, 'info/attributes'), '* -export-ignore -export-subst\n')
    const commit = await fetchCommit(git, asked)
    if (asked.commit && !commit.startsWith(asked.commit)) throw gitFaults.COMMIT(asked.shown, asked.commit)
    await git(['update-ref', '--no-deref', 'HEAD', commit])
    return new Repository(directory, commit, asked.shown)
  }

  /** The files of a directory of the commit, as a tar. */
  async *tar(directory: string | undefined): AsyncGenerator<Uint8Array> {
    const child = startPiped([GIT, '-C', this.directory, 'archive', '--format=tar', this.#tree(directory)])
    try {
      await child.endInput()
      yield* child.output as AsyncIterable<Uint8Array>
      const code = await child.exited
      if (code !== 0) throw gitFaults.FAILED(this.#shown, lastLine(await child.complaint()))
    } finally {
      child.kill()
    }
  }

  /** Where other repositories belong (`path` within the commit), and from where they come. */
  async submodules(
    directory: string | undefined,
    signal: AbortSignal,
  ): Promise<{ path: string; url: string; commit: string }[]> {
    const asked = { shown: this.#shown, signal }
    const listed = await runGit(this.directory, ['ls-tree', '-r', '-z', this.#tree(directory)], asked)
    const links = listed.split('\0').flatMap(line => {
      const [, commit, path] = /^160000 commit ([0-9a-f]+)\t(.+)$/s.exec(line) ?? []
      return commit && path ? [{ commit, path }] : []
    })
    if (links.length === 0) return []
    const urls = await this.#moduleUrls(signal)
    const prefix = directory ? `${directory}/` : ''
    return links.flatMap(({ commit, path }) => {
      const url = urls.get(prefix + path)
      return url === undefined ? [] : [{ path, url, commit }]
    })
  }

  /** For one who wants the repository beside its files: they count as unchanged. */
  async makeIndex(signal: AbortSignal): Promise<void> {
    await runGit(this.directory, ['read-tree', this.commit], { shown: this.#shown, signal })
  }

  async #moduleUrls(signal: AbortSignal): Promise<Map<string, string>> {
    const asked = { shown: this.#shown, signal }
    const args = ['config', '--blob', `${this.commit}:.gitmodules`, '--null', '--list']
    const entries = (await runGit(this.directory, args, asked)).split('\0')
    const fields = new Map<string, string>()
    for (const entry of entries) {
      const at = entry.indexOf('\n')
      if (at > 0) fields.set(entry.slice(0, at), entry.slice(at + 1))
    }
    const urls = new Map<string, string>()
    for (const [key, path] of fields) {
      const url = key.endsWith('.path') ? fields.get(key.replace(/\.path$/, '.url')) : undefined
      if (url !== undefined) urls.set(path, url)
    }
    return urls
  }

  readonly #tree = (directory: string | undefined): string => (directory ? `${this.commit}:${directory}` : this.commit)
}

type Git = (args: string[]) => Promise<string>

/** Just the commit if the server can do that, everything otherwise (plain files over http, commits that no name leads to). */
async function fetchCommit(git: Git, { remote, ref = 'HEAD', commit, signal }: GitFetch): Promise<string> {
  const isCommit = /^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(ref)
  const wanted = [ref, ...(commit && /^[0-9a-f]{40}$/.test(commit) && ref === 'HEAD' ? [commit] : [])].at(-1)!
  try {
    await git(['fetch', '--quiet', '--no-tags', '--depth=1', '--no-recurse-submodules', '--', remote, wanted])
    return await resolve(git, 'FETCH_HEAD')
  } catch (failure) {
    signal.throwIfAborted()
    const all = ['+HEAD:refs/berth/head', '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
    await git(['fetch', '--quiet', '--no-recurse-submodules', '--', remote, ...all])
    if (isCommit || /^[0-9a-f]{7,39}$/.test(ref)) return await resolve(git, ref)
    if (ref === 'HEAD') return await resolve(git, 'refs/berth/head')
    const found = await resolve(git, ref).catch(() => undefined)
    if (found) return found
    throw failure
  }
}

const resolve = async (git: Git, name: string): Promise<string> =>
  (await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`])).trim().split('\n').at(-1)!

async function runGit(
  directory: string,
  args: string[],
  {
    shown,
    authorization,
    agent,
    remote,
    signal,
  }: Pick<GitFetch, 'shown' | 'authorization' | 'agent' | 'signal'> & { remote?: string },
): Promise<string> {
  const settings = [
    ['core.hooksPath', '/dev/null'],
    ['safe.directory', directory],
    ['credential.helper', ''],
    ['protocol.allow', 'never'],
    ...['http', 'https', 'git', 'ssh'].map(name => [`protocol.${name}.allow`, 'always']),
    ['http.followRedirects', 'initial'],
    ...(authorization && remote
      ? [[`http.${new URL(remote).origin}/.extraHeader`, `Authorization: ${authorization}`]]
      : []),
  ]
  const env: Record<string, string> = {
    PATH: PLAIN_PATH,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_SSH_COMMAND:
      'ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/dev/null',
    ...(agent && { SSH_AUTH_SOCK: agent }),
  }
  for (const [index, [key = '', value = '']] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  const { code, stdout, stderr } = await run([GIT, '-C', directory, ...args], {
    env,
    signal,
    timeoutMs: FETCH_MS,
    outputBytes: 64 * 1024 * 1024,
  })
  if (code !== 0) throw gitFaults.FAILED(shown, lastLine(remote ? stderr.replaceAll(remote, shown) : stderr))
  return stdout
}

/** What git says at its end, without its prefix. */
const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .findLast(line => /^(fatal|error|remote): /.test(line))
    ?.replace(/^(fatal|error|remote): /, '') ?? 'git failed'
