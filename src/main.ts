/**
 * The one program: the command line, the daemon, and the daemon's own helpers started again under a hidden first word.
 * Each is loaded only when it is asked for, so that a command starts in milliseconds.
 */
const [word, ...rest] = process.argv.slice(2)

switch (word) {
  case '__unpack':
    await import('./store/unpack/child.ts')
    break
  case '__tree':
    await import('./store/tree/child.ts')
    break
  case 'daemon': {
    const { daemonCommand } = await import('./daemon/command.ts')
    process.exitCode = await daemonCommand(rest)
    break
  }
  default: {
    const { main } = await import('./cli/main.ts')
    process.exitCode = await main(process.argv.slice(2))
  }
}
