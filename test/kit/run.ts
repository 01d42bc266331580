/** Runs a program to its end: what it printed and how it ended. */
export type Result = { code: number; stdout: string; stderr: string }
export type RunOptions = { input?: string | Uint8Array; env?: Record<string, string>; cwd?: string }

export async function run(argv: string[], options: RunOptions = {}): Promise<Result> {
  const child = Bun.spawn(argv, {
    stdin: options.input === undefined ? 'ignore' : Buffer.from(options.input),
    stdout: 'pipe',
    stderr: 'pipe',
    cwd: options.cwd,
    env: { ...process.env, DOCKER_CLI_HINTS: '0', ...options.env },
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, stdout, stderr }
}

/** As `run`, but a failure is thrown with everything that was printed. */
export async function must(argv: string[], options: RunOptions = {}): Promise<string> {
  const result = await run(argv, options)
  if (result.code !== 0) throw new Error(`${argv.join(' ')}: exit ${result.code}\n${result.stdout}${result.stderr}`)
  return result.stdout
}
