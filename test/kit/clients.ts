import type { TestDaemon } from './daemon.ts'
import type { Result, RunOptions } from './run.ts'

/** The two command lines that everything is shown with. */
export const CLIENTS = ['docker', 'berth'] as const
export type ClientName = (typeof CLIENTS)[number]
export type Cli = (args: string[], options?: RunOptions) => Promise<Result>

/** `cli(...)` of one client, and `out(...)` which insists on success and returns what was printed, trimmed. */
export function clientOf(
  daemon: TestDaemon,
  name: ClientName,
): { cli: Cli; out: (...args: string[]) => Promise<string> } {
  const cli: Cli = (args, options) => daemon[name](args, options)
  const out = async (...args: string[]) => {
    const result = await cli(args)
    if (result.code !== 0)
      throw new Error(`${name} ${args.join(' ')}: exit ${result.code}\n${result.stdout}${result.stderr}`)
    return result.stdout.trim()
  }
  return { cli, out }
}
