/** A program of ours that lives on when its parent ends: in a session of its own, complaining into a file. */
export type Detached = {
  readonly pid: number
  /** The first line that it says on its standard output; undefined if it ends without one. */
  firstLine: () => Promise<string | undefined>
}

/** `complaints` is a descriptor that is open for writing. The environment is handed on. */
export function startDetached(argv: string[], complaints: number): Detached {
  const argv0 = process.execPath
  const child = Bun.spawn(argv, {
    argv0,
    cwd: '/',
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: complaints,
    detached: true,
  })
  return { pid: child.pid, firstLine: () => firstLineOf(child.stdout).finally(() => child.unref()) }
}

async function firstLineOf(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'))
  }
  return undefined
}
