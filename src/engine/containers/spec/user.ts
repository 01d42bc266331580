import { defineFaults } from '../../../base/faults.ts'
import type { ResolvedUser } from './resolved-user.ts'
import type { RootFiles } from './root-files.ts'

/** Docker's texts. */
export const userFaults = defineFaults('USER', {
  NO_USER: {
    kind: 'invalid',
    message: (name: string) => `unable to find user ${name}: no matching entries in passwd file`,
  },
  NO_GROUP: {
    kind: 'invalid',
    message: (name: string) => `unable to find group ${name}: no matching entries in group file`,
  },
  NO_ADDED_GROUP: {
    kind: 'invalid',
    message: (name: string) => `Unable to find group ${name}: no matching entries in group file`,
  },
  RANGE: { kind: 'invalid', message: () => 'uids and gids must be in range 0-2147483647' },
})

const LARGEST_ID = 2 ** 31 - 1
/** Of one list in /etc/group; the kernel takes no more (NGROUPS_MAX). */
const MOST_GROUPS = 65_536

type Passwd = { name: string; uid: number; gid: number; home: string }
type Group = { name: string; gid: number; members: string[] }

/**
 * Resolves `user[:group]` and --group-add by the container's own /etc/passwd and /etc/group. A number is an id and never
 * looked up as a name [CVE-2016-3697]; it must fit in 31 bits [CVE-2024-40635]. '' is root. Throws userFaults.
 */
export function resolveUser(root: RootFiles, spec: string, groupAdd: readonly string[] = []): ResolvedUser {
  const [userPart = '', groupPart = ''] = spec.split(':')
  const passwd = root.readText('/etc/passwd')
  const user = findUser(passwd, userPart)
  const groups = groupPart !== '' || user.name !== '' || groupAdd.length > 0 ? readGroups(root) : []
  const gid = groupPart === '' ? user.gid : findGroup(groups, groupPart, userFaults.NO_GROUP)
  const supplementary = groupPart === '' && user.name !== '' ? groupsOf(groups, user.name) : []
  const added = groupAdd.map(group => findGroup(groups, group, userFaults.NO_ADDED_GROUP))
  const additionalGids = [...new Set([gid, ...supplementary, ...added])].slice(0, MOST_GROUPS)
  return { uid: user.uid, gid, additionalGids, home: user.home }
}

function findUser(passwd: string, wanted: string): Passwd {
  const id = numeric(wanted === '' ? '0' : wanted)
  for (const line of passwd.split('\n')) {
    const entry = parsePasswd(line)
    if (entry && (id === undefined ? entry.name === wanted : entry.uid === id)) return entry
  }
  if (id === undefined) throw userFaults.NO_USER(wanted)
  return { name: '', uid: id, gid: 0, home: '/' }
}

/** name:password:uid:gid:comment:home:shell. A line that has not the numbers says nothing. */
function parsePasswd(line: string): Passwd | undefined {
  const [name = '', , uid = '', gid = '', , home = ''] = line.trim().split(':')
  if (name === '' || !isId(uid) || !isId(gid)) return undefined
  return { name, uid: Number(uid), gid: Number(gid), home: home.startsWith('/') ? home : '/' }
}

function readGroups(root: RootFiles): Group[] {
  return root
    .readText('/etc/group')
    .split('\n')
    .flatMap(line => {
      const [name = '', , gid = '', members = ''] = line.trim().split(':')
      return name !== '' && isId(gid) ? [{ name, gid: Number(gid), members: members.split(',') }] : []
    })
}

function findGroup(groups: Group[], wanted: string, missing: (name: string) => Error): number {
  const id = numeric(wanted)
  if (id !== undefined) return id
  const found = groups.find(({ name }) => name === wanted)
  if (!found) throw missing(wanted)
  return found.gid
}

const groupsOf = (groups: Group[], user: string): number[] =>
  groups.filter(({ members }) => members.includes(user)).map(({ gid }) => gid)

const isId = (text: string): boolean => /^\d{1,10}$/.test(text) && Number(text) <= LARGEST_ID

/** The id that a text of digits is; undefined for a name. */
function numeric(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const id = Number(text)
  if (id < 0 || id > LARGEST_ID) throw userFaults.RANGE()
  return id
}
