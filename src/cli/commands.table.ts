import type { Command } from './command.ts'

/**
 * The command tree. A command is loaded only when it is called, so this table is all that `berth --version` and the help
 * pages cost. Order of the common commands: as docker shows them.
 */
export type Entry = {
  /** Canonical: `container run`. */
  path: string
  /** The name at the top level, where there is one. */
  top?: string
  /** Other last words. */
  aliases?: string[]
  short: string
  /** Its place among the common commands. */
  common?: number
  hidden?: boolean
  load: () => Promise<{ command: Command }>
}

export type Group = { name: string; short: string }

export const groups: Group[] = [
  { name: 'builder', short: 'Manage builds' },
  { name: 'buildx', short: 'Docker Buildx' },
  { name: 'container', short: 'Manage containers' },
  { name: 'context', short: 'Manage contexts' },
  { name: 'daemon', short: 'Run, start and stop the Berth daemon' },
  { name: 'image', short: 'Manage images' },
  { name: 'network', short: 'Manage networks' },
  { name: 'system', short: 'Manage Berth' },
  { name: 'volume', short: 'Manage volumes' },
]

export const entries: Entry[] = [
  {
    path: 'container run',
    top: 'run',
    common: 1,
    short: 'Create and run a new container from an image',
    load: () => import('./container/run.ts'),
  },
  {
    path: 'container exec',
    top: 'exec',
    common: 2,
    short: 'Execute a command in a running container',
    load: () => import('./container/exec.ts'),
  },
  {
    path: 'container ls',
    top: 'ps',
    aliases: ['list', 'ps'],
    common: 3,
    short: 'List containers',
    load: () => import('./container/ls.ts'),
  },
  {
    path: 'image build',
    top: 'build',
    common: 4,
    short: 'Build an image from a Dockerfile',
    load: () => import('./build/build.ts'),
  },
  {
    path: 'builder build',
    short: 'Build an image from a Dockerfile',
    load: () => import('./build/build.ts'),
  },
  {
    path: 'buildx build',
    aliases: ['b'],
    short: 'Start a build',
    load: () => import('./build/build.ts'),
  },
  { path: 'builder history ls', short: 'List build records', load: () => import('./builder/history/ls.ts') },
  {
    path: 'builder history logs',
    short: 'Print the logs of a build record',
    load: () => import('./builder/history/logs.ts'),
  },
  {
    path: 'builder history inspect',
    short: 'Inspect a build record',
    load: () => import('./builder/history/inspect.ts'),
  },
  { path: 'builder history rm', short: 'Remove build records', load: () => import('./builder/history/rm.ts') },
  { path: 'buildx history ls', short: 'List build records', load: () => import('./builder/history/ls.ts') },
  {
    path: 'buildx history logs',
    short: 'Print the logs of a build record',
    load: () => import('./builder/history/logs.ts'),
  },
  {
    path: 'buildx history inspect',
    short: 'Inspect a build record',
    load: () => import('./builder/history/inspect.ts'),
  },
  { path: 'buildx history rm', short: 'Remove build records', load: () => import('./builder/history/rm.ts') },
  { path: 'builder du', short: 'Disk usage of the build cache', load: () => import('./builder/du.ts') },
  { path: 'builder prune', short: 'Remove build cache', load: () => import('./builder/prune.ts') },
  { path: 'buildx du', short: 'Disk usage', load: () => import('./builder/du.ts') },
  { path: 'buildx prune', short: 'Remove build cache', load: () => import('./builder/buildx-prune.ts') },
  {
    path: 'image pull',
    top: 'pull',
    common: 6,
    short: 'Download an image from a registry',
    load: () => import('./image/pull.ts'),
  },
  {
    path: 'image ls',
    top: 'images',
    aliases: ['list'],
    common: 8,
    short: 'List images',
    load: () => import('./image/ls.ts'),
  },
  { path: 'search', common: 11, short: 'Search Docker Hub for images', load: () => import('./registry/search.ts') },
  { path: 'login', common: 9, short: 'Authenticate to a registry', load: () => import('./registry/login.ts') },
  { path: 'logout', common: 10, short: 'Log out from a registry', load: () => import('./registry/logout.ts') },
  {
    path: 'version',
    common: 12,
    short: 'Show the Berth version information',
    load: () => import('./system/version.ts'),
  },
  {
    path: 'system info',
    top: 'info',
    common: 13,
    short: 'Display system-wide information',
    load: () => import('./system/info.ts'),
  },
  {
    path: 'container attach',
    top: 'attach',
    short: 'Attach local standard input, output, and error streams to a running container',
    load: () => import('./container/attach.ts'),
  },
  {
    path: 'container commit',
    top: 'commit',
    short: "Create a new image from a container's changes",
    load: () => import('./container/commit.ts'),
  },
  {
    path: 'container cp',
    top: 'cp',
    short: 'Copy files/folders between a container and the local filesystem',
    load: () => import('./container/cp.ts'),
  },
  {
    path: 'container create',
    top: 'create',
    short: 'Create a new container',
    load: () => import('./container/create.ts'),
  },
  {
    path: 'container diff',
    top: 'diff',
    short: "Inspect changes to files or directories on a container's filesystem",
    load: () => import('./container/diff.ts'),
  },
  {
    path: 'container export',
    top: 'export',
    short: "Export a container's filesystem as a tar archive",
    load: () => import('./container/export.ts'),
  },
  {
    path: 'container inspect',
    short: 'Display detailed information on one or more containers',
    load: () => import('./container/inspect.ts'),
  },
  {
    path: 'container kill',
    top: 'kill',
    short: 'Kill one or more running containers',
    load: () => import('./container/kill.ts'),
  },
  {
    path: 'container logs',
    top: 'logs',
    short: 'Fetch the logs of a container',
    load: () => import('./container/logs.ts'),
  },
  {
    path: 'container pause',
    top: 'pause',
    short: 'Pause all processes within one or more containers',
    load: () => import('./container/pause.ts'),
  },
  {
    path: 'container port',
    top: 'port',
    short: 'List port mappings or a specific mapping for the container',
    load: () => import('./container/port.ts'),
  },
  {
    path: 'container prune',
    short: 'Remove all stopped containers',
    load: () => import('./container/prune.ts'),
  },
  {
    path: 'container rename',
    top: 'rename',
    short: 'Rename a container',
    load: () => import('./container/rename.ts'),
  },
  {
    path: 'container restart',
    top: 'restart',
    short: 'Restart one or more containers',
    load: () => import('./container/restart.ts'),
  },
  {
    path: 'container rm',
    top: 'rm',
    aliases: ['remove'],
    short: 'Remove one or more containers',
    load: () => import('./container/rm.ts'),
  },
  {
    path: 'container start',
    top: 'start',
    short: 'Start one or more stopped containers',
    load: () => import('./container/start.ts'),
  },
  {
    path: 'container stats',
    top: 'stats',
    short: 'Display a live stream of container(s) resource usage statistics',
    load: () => import('./container/stats.ts'),
  },
  {
    path: 'container stop',
    top: 'stop',
    short: 'Stop one or more running containers',
    load: () => import('./container/stop.ts'),
  },
  {
    path: 'container top',
    top: 'top',
    short: 'Display the running processes of a container',
    load: () => import('./container/top.ts'),
  },
  {
    path: 'container unpause',
    top: 'unpause',
    short: 'Unpause all processes within one or more containers',
    load: () => import('./container/unpause.ts'),
  },
  {
    path: 'container update',
    top: 'update',
    short: 'Update configuration of one or more containers',
    load: () => import('./container/update.ts'),
  },
  {
    path: 'container wait',
    top: 'wait',
    short: 'Block until one or more containers stop, then print their exit codes',
    load: () => import('./container/wait.ts'),
  },
  { path: 'context create', short: 'Create a context', load: () => import('./context/create.ts') },
  {
    path: 'context export',
    short: 'Export a context to a tar archive FILE or a tar stream on STDOUT.',
    load: () => import('./context/export.ts'),
  },
  {
    path: 'context import',
    short: 'Import a context from a tar or zip file',
    load: () => import('./context/import.ts'),
  },
  {
    path: 'context inspect',
    short: 'Display detailed information on one or more contexts',
    load: () => import('./context/inspect.ts'),
  },
  { path: 'context ls', aliases: ['list'], short: 'List contexts', load: () => import('./context/ls.ts') },
  {
    path: 'context rm',
    aliases: ['remove'],
    short: 'Remove one or more contexts',
    load: () => import('./context/rm.ts'),
  },
  { path: 'context show', short: 'Print the name of the current context', load: () => import('./context/show.ts') },
  { path: 'context update', short: 'Update a context', load: () => import('./context/update.ts') },
  { path: 'context use', short: 'Set the current docker context', load: () => import('./context/use.ts') },
  {
    path: 'image history',
    top: 'history',
    short: 'Show the history of an image',
    load: () => import('./image/history.ts'),
  },
  {
    path: 'image import',
    top: 'import',
    short: 'Import the contents from a tarball to create a filesystem image',
    load: () => import('./image/import.ts'),
  },
  {
    path: 'image inspect',
    short: 'Display detailed information on one or more images',
    load: () => import('./image/inspect.ts'),
  },
  {
    path: 'image load',
    top: 'load',
    short: 'Load an image from a tar archive or STDIN',
    load: () => import('./image/load.ts'),
  },
  { path: 'image prune', short: 'Remove unused images', load: () => import('./image/prune.ts') },
  {
    path: 'image push',
    top: 'push',
    common: 7,
    short: 'Upload an image to a registry',
    load: () => import('./image/push.ts'),
  },
  {
    path: 'image rm',
    top: 'rmi',
    aliases: ['remove'],
    short: 'Remove one or more images',
    load: () => import('./image/rm.ts'),
  },
  {
    path: 'image save',
    top: 'save',
    short: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
    load: () => import('./image/save.ts'),
  },
  {
    path: 'image tag',
    top: 'tag',
    short: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
    load: () => import('./image/tag.ts'),
  },
  {
    path: 'inspect',
    short: 'Return low-level information on Docker objects',
    load: () => import('./system/inspect.ts'),
  },
  {
    path: 'network connect',
    short: 'Connect a container to a network',
    load: () => import('./network/connect.ts'),
  },
  { path: 'network create', short: 'Create a network', load: () => import('./network/create.ts') },
  {
    path: 'network disconnect',
    short: 'Disconnect a container from a network',
    load: () => import('./network/disconnect.ts'),
  },
  {
    path: 'network inspect',
    short: 'Display detailed information on one or more networks',
    load: () => import('./network/inspect.ts'),
  },
  { path: 'network ls', aliases: ['list'], short: 'List networks', load: () => import('./network/ls.ts') },
  { path: 'network prune', short: 'Remove all unused networks', load: () => import('./network/prune.ts') },
  {
    path: 'network rm',
    aliases: ['remove'],
    short: 'Remove one or more networks',
    load: () => import('./network/rm.ts'),
  },
  {
    path: 'system dial-stdio',
    short: 'Proxy the stdio stream to the daemon connection. Should not be invoked manually.',
    hidden: true,
    load: () => import('./system/dial-stdio.ts'),
  },
  { path: 'system df', short: 'Show docker disk usage', load: () => import('./system/df.ts') },
  {
    path: 'system doctor',
    short: 'Compare the database with the machine, and mend what differs',
    load: () => import('./system/doctor.ts'),
  },
  {
    path: 'system events',
    top: 'events',
    short: 'Get real time events from the server',
    load: () => import('./system/events.ts'),
  },
  { path: 'system prune', short: 'Remove unused data', load: () => import('./system/prune.ts') },
  { path: 'volume create', short: 'Create a volume', load: () => import('./volume/create.ts') },
  {
    path: 'volume inspect',
    short: 'Display detailed information on one or more volumes',
    load: () => import('./volume/inspect.ts'),
  },
  { path: 'volume ls', aliases: ['list'], short: 'List volumes', load: () => import('./volume/ls.ts') },
  { path: 'volume prune', short: 'Remove unused local volumes', load: () => import('./volume/prune.ts') },
  {
    path: 'volume rm',
    aliases: ['remove'],
    short: 'Remove one or more volumes',
    load: () => import('./volume/rm.ts'),
  },
  {
    path: 'volume update',
    short: 'Update a volume (cluster volumes only)',
    load: () => import('./volume/update.ts'),
  },
  {
    path: 'completion',
    short: 'Generate the completion script for a shell',
    load: () => import('./completion/completion.ts'),
  },
]

export type Found =
  | { kind: 'command'; entry: Entry; name: string; rest: string[] }
  | { kind: 'group'; group: Group; rest: string[] }
  | { kind: 'none' }

/** The command that the words name, and what follows it. `name` is the path as it was called, with aliases made canonical. */
export function findCommand(words: readonly string[]): Found {
  const [first] = words
  const top = entries.find(entry => entry.top === first || entry.path === first)
  if (top) return { kind: 'command', entry: top, name: first!, rest: words.slice(1) }
  const group = groups.find(({ name }) => name === first)
  if (!group) return { kind: 'none' }
  const entry = entries.find(({ path, aliases = [] }) => {
    const [owner, ...own] = path.split(' ')
    const asked = words.slice(1, own.length + 1)
    const isLast = (word: string | undefined) => word === own.at(-1) || aliases.includes(word ?? '')
    return owner === first && own.slice(0, -1).every((word, at) => word === asked[at]) && isLast(asked[own.length - 1])
  })
  if (!entry) return { kind: 'group', group, rest: words.slice(1) }
  return { kind: 'command', entry, name: entry.path, rest: words.slice(entry.path.split(' ').length) }
}
