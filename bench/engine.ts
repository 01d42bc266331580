/** One engine under measurement: reached by a command line over a socket. */
export type Engine = {
  name: string
  host: string
  cli: string
  /** Runs a command to its end; what it printed. A failure is thrown. */
  run: (...args: string[]) => Promise<string>
  /** As `run`, with what goes to standard input. */
  feed: (input: Blob, ...args: string[]) => Promise<string>
}

export function engineAt(name: string, host: string, cli: string): Engine {
  const env = { ...process.env, DOCKER_HOST: host, BERTH_HOST: host, DOCKER_CLI_HINTS: '0', DOCKER_BUILDKIT: '1' }
  const start = async (input: Blob | undefined, args: string[]) => {
    const child = Bun.spawn([cli, ...args], { env, stdin: input ?? 'ignore', stdout: 'pipe', stderr: 'pipe' })
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    if (code !== 0) throw new Error(`${name}: ${args.join(' ')}: exit ${code}: ${err.slice(-300)}`)
    return out
  }
  return { name, host, cli, run: (...args) => start(undefined, args), feed: (input, ...args) => start(input, args) }
}
