/**
 * The one program: the command line, the daemon, and the daemon's own helpers started again under a hidden first word.
 * Each is loaded only when it is asked for, so that a command starts in milliseconds.
 */
async function start(args: string[]): Promise<void> {
  const [word, ...rest] = args
  if (word === '__unpack') await import('./store/unpack/child.ts')
  else if (word === '__mount') await import('./host/mounts/mount-child.ts')
  else if (word === '__tree') await import('./store/tree/child.ts')
  else if (word === '__context') await import('./store/context/child.ts')
  else if (word === 'daemon') {
    const { daemonCommand } = await import('./daemon/command.ts')
    process.exitCode = await daemonCommand(rest)
  } else {
    const { main } = await import('./cli/main.ts')
    process.exitCode = await main(args)
  }
}

void start(process.argv.slice(2))
