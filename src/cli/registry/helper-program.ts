import { CommandFailure } from '../failures.ts'
import type { Credentials } from './credentials-shape.ts'

/**
 * Programs that keep credentials for docker: `docker-credential-<name> get|store|erase`, asked over their standard input.
 * Source: github.com/docker/docker-credential-helpers. The name comes from the user's own config.json; one with a slash
 * could name any program on the machine and is refused.
 */
const TOKEN_USER = '<token>'
const NOT_FOUND = 'credentials not found in native keychain'

export async function getFromHelper(helper: string, server: string): Promise<Credentials | undefined> {
  const { code, output } = await ask(helper, 'get', server)
  if (code !== 0 && output.trim() === NOT_FOUND) return undefined
  if (code !== 0) throw failed(helper, 'getting', output)
  const { Username, Secret } = JSON.parse(output) as { Username: string; Secret: string }
  return Username === TOKEN_USER
    ? { identitytoken: Secret, serveraddress: server }
    : { username: Username, password: Secret, serveraddress: server }
}

export async function storeWithHelper(
  helper: string,
  credentials: Credentials & { serveraddress: string },
): Promise<void> {
  const { username, password, identitytoken, serveraddress } = credentials
  const entry = identitytoken
    ? { ServerURL: serveraddress, Username: TOKEN_USER, Secret: identitytoken }
    : { ServerURL: serveraddress, Username: username, Secret: password }
  const { code, output } = await ask(helper, 'store', JSON.stringify(entry))
  if (code !== 0) throw failed(helper, 'storing', output)
}

export async function eraseWithHelper(helper: string, server: string): Promise<void> {
  const { code, output } = await ask(helper, 'erase', server)
  if (code !== 0) throw failed(helper, 'erasing', output)
}

async function ask(helper: string, verb: string, input: string): Promise<{ code: number; output: string }> {
  const program = `docker-credential-${helper}`
  const path = helper.includes('/') ? null : Bun.which(program)
  if (!path) {
    throw new CommandFailure(
      `error getting credentials - err: exec: "${program}": executable file not found in $PATH, out: \`\``,
    )
  }
  const child = Bun.spawn([path, verb], { stdin: new TextEncoder().encode(input), stdout: 'pipe', stderr: 'inherit' })
  const output = await new Response(child.stdout).text()
  return { code: await child.exited, output }
}

const failed = (helper: string, doing: string, output: string): CommandFailure =>
  new CommandFailure(`error ${doing} credentials - err: docker-credential-${helper} failed, out: \`${output.trim()}\``)
