import { versionLine } from './version-line.ts'

/** Runs one command line to its end and leaves the process with its exit code. The version is told without loading anything. */
export async function main(args: string[]): Promise<never> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
    await Bun.write(Bun.stdout, `${versionLine}\n`)
    process.exit(0)
  }
  const { runCommandLine } = await import('./command-line.ts')
  process.exit(await runCommandLine(args, process.env))
}
