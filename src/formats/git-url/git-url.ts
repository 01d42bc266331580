import { defineFaults } from '../../base/faults.ts'

/** A repository as a build context or a source of ADD names it. */
export type GitUrl = {
  /** What git is given: a URL of http, https, git or ssh, or `user@host:path`. */
  remote: string
  /** Without user and password, for people. */
  shown: string
  /** A branch, a tag, a name below refs/ or a commit; undefined: what the repository points at. */
  ref?: string
  /** What the commit has to begin with. */
  commit?: string
  /** Clean and relative; undefined: the root. */
  directory?: string
  keepGitDirectory?: boolean
  submodules?: boolean
}

export const gitUrlFaults = defineFaults('GIT_URL', {
  REF: { kind: 'invalid', message: (ref: string) => `invalid git reference ${JSON.stringify(ref)}` },
  DIRECTORY: {
    kind: 'invalid',
    message: (path: string) => `invalid subdirectory ${JSON.stringify(path)} of a git URL`,
  },
  REMOTE: { kind: 'invalid', message: (url: string) => `invalid git URL ${JSON.stringify(url)}` },
  QUERY: {
    kind: 'invalid',
    message: (key: string) => `unexpected query parameter ${JSON.stringify(key)} of a git URL`,
  },
})

/** Whether a text names a repository rather than a file: by scheme, by suffix, by host. Source: BuildKit, util/gitutil. */
export const isGitUrl = (text: string): boolean =>
  /^(git:\/\/|ssh:\/\/|[\w.-]+@[\w.-]+:)/.test(text) ||
  /^(https?:\/\/)?github\.com\//.test(text) ||
  /^https?:\/\/[^#?]+\.git([#?]|$)/.test(text)

/**
 * `URL[?key=value…][#ref[:directory]]`. Refuses what git could take for an option or for another kind of address, and refs
 * and directories that lead elsewhere [CVE-2024-32002 and its kind; class: options hidden in a URL].
 */
export function parseGitUrl(text: string): GitUrl {
  const hash = text.indexOf('#')
  const address = hash < 0 ? text : text.slice(0, hash)
  const fragment = hash < 0 ? '' : text.slice(hash + 1)
  const { remote, query } = addressOf(address)
  const colon = fragment.indexOf(':')
  const asked = {
    ref: colon < 0 ? fragment : fragment.slice(0, colon),
    directory: colon < 0 ? '' : fragment.slice(colon + 1),
    ...fieldsOf(query),
  }
  const directory = directoryOf(asked.directory)
  return {
    remote,
    shown: remote.replace(/^(\w+:\/\/)[^/@]*@/, '$1'),
    ...(asked.ref && { ref: checkedRef(asked.ref) }),
    ...(asked.commit && { commit: checkedCommit(asked.commit) }),
    ...(directory && { directory }),
    ...(asked.keepGitDirectory !== undefined && { keepGitDirectory: asked.keepGitDirectory }),
    ...(asked.submodules !== undefined && { submodules: asked.submodules }),
  }
}

function addressOf(address: string): { remote: string; query: URLSearchParams } {
  if (/[\0-\x20\x7f]/.test(address) || address.startsWith('-')) throw gitUrlFaults.REMOTE(address)
  const short = /^([\w.-]+@[\w.-]+):([^:].*)$/.exec(address)
  if (short && !address.includes('://')) {
    if (short[1]!.startsWith('-') || short[2]!.startsWith('-')) throw gitUrlFaults.REMOTE(address)
    return { remote: address, query: new URLSearchParams() }
  }
  const full = address.startsWith('github.com/') ? `https://${address}` : address
  const url = URL.parse(full)
  if (!url || !/^(https?|git|ssh):$/.test(url.protocol) || url.hostname === '' || url.hostname.startsWith('-'))
    throw gitUrlFaults.REMOTE(address)
  const query = new URLSearchParams(url.search)
  return { remote: full.replace(/\?.*$/, ''), query }
}

type Fields = { ref?: string; directory?: string; commit?: string; keepGitDirectory?: boolean; submodules?: boolean }

function fieldsOf(query: URLSearchParams): Fields {
  const fields: Fields = {}
  for (const [key, value] of query) {
    if (key === 'ref') fields.ref = value
    else if (key === 'branch') fields.ref = `refs/heads/${value}`
    else if (key === 'tag') fields.ref = `refs/tags/${value}`
    else if (key === 'subdir') fields.directory = value
    else if (key === 'commit' || key === 'checksum') fields.commit = value
    else if (key === 'keep-git-dir') fields.keepGitDirectory = isYes(value)
    else if (key === 'submodules') fields.submodules = isYes(value)
    else if (key !== 'mtime' && key !== 'fetch-by-commit') throw gitUrlFaults.QUERY(key)
  }
  return fields
}

const isYes = (value: string): boolean => value !== '0' && value !== 'false'

/** Source: git-check-ref-format; a beginning that is an option is refused first of all. */
function checkedRef(ref: string): string {
  if (/^-|^[./]|\.\.|\/\/|@\{|[\0-\x20\x7f~^:?*[\\]|\/$|\.$|\.lock$/.test(ref) || ref.length > 255)
    throw gitUrlFaults.REF(ref)
  return ref
}

function checkedCommit(commit: string): string {
  if (!/^[0-9a-f]{7,64}$/.test(commit)) throw gitUrlFaults.REF(commit)
  return commit
}

function directoryOf(path: string): string {
  const parts = path.split('/').filter(part => part !== '' && part !== '.')
  if (parts.some(part => part === '..' || part.startsWith('-') || /[\0-\x1f]/.test(part)))
    throw gitUrlFaults.DIRECTORY(path)
  return parts.join('/')
}
