import { DaemonFault } from '../../client/faults.ts'
import { registryLogin } from '../../client/system.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { atMost, defineCommand } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import type { Session } from '../session.ts'
import { hasInputTerminal, readInput } from '../terminal.ts'
import { DOCKER_HUB_KEY, hostOf, storeCredentials, storedCredentials } from './credentials.ts'
import type { Credentials } from './credentials-shape.ts'
import { askHidden, askLine } from './prompt.ts'

export const command = defineCommand({
  usage: '[OPTIONS] [SERVER]',
  long: 'Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.',
  flags: {
    password: text('Password or Personal Access Token (PAT)', { short: 'p' }),
    'password-stdin': bool('Take the Password or Personal Access Token (PAT) from stdin'),
    username: text('Username', { short: 'u' }),
  },
  operands: atMost(1),
  async run({ flags, given, operands: [server = ''], session }) {
    checkFlags(flags, given)
    if (flags.password !== '') {
      session.tell('WARNING! Using --password via the CLI is insecure. Use --password-stdin.')
    }
    const password = flags['password-stdin'] ? await passwordFromInput() : flags.password
    const isHub = server === '' || server === 'docker.io' || server === DOCKER_HUB_KEY
    const serveraddress = isHub ? DOCKER_HUB_KEY : hostOf(server)
    const stored = flags.username === '' && password === '' ? await storedCredentials(session, serveraddress) : {}
    const status =
      (stored.username && stored.password ? await loginAgain(session, { ...stored, serveraddress }) : undefined) ??
      (await loginAnew(session, serveraddress, flags.username.trim(), password, stored.username))
    if (status) session.print(status)
    return 0
  },
})

type Flags = { username: string; password: string; 'password-stdin': boolean }

function checkFlags(flags: Flags, given: (name: keyof Flags) => boolean): void {
  if (given('password-stdin') && given('password')) {
    throw new CommandFailure('conflicting options: cannot specify both --password and --password-stdin')
  }
  if (given('password-stdin') && !given('username')) {
    throw new CommandFailure('the --password-stdin option requires --username to be set')
  }
  if (given('username') && flags.username === '') throw new CommandFailure('username is empty')
  if (given('password') && flags.password === '') throw new CommandFailure('password is empty')
}

async function passwordFromInput(): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of readInput()) pieces.push(piece)
  return Buffer.concat(pieces).toString().replace(/\n$/, '').replace(/\r$/, '')
}

type Login = Credentials & { serveraddress: string }

/** With what is stored; undefined where the registry does not take it any more. */
async function loginAgain(session: Session, credentials: Login): Promise<string | undefined> {
  session.tell(`Authenticating with existing credentials... [Username: ${credentials.username}]\n`)
  session.tell("Info → To login with a different account, run 'berth logout' followed by 'berth login'\n\n")
  await session.flush()
  try {
    return await login(session, { ...credentials, identitytoken: undefined })
  } catch (failure) {
    const isRefused = failure instanceof DaemonFault && failure.status === 401
    session.tell(
      isRefused ? 'Stored credentials invalid or expired' : `Login did not succeed, error: ${messageOf(failure)}`,
    )
    return undefined
  }
}

async function loginAnew(
  session: Session,
  serveraddress: string,
  user: string,
  given: string,
  before?: string,
): Promise<string> {
  if ((user === '' || given === '') && !hasInputTerminal()) {
    throw new CommandFailure('Error: Cannot perform an interactive login from a non TTY device')
  }
  const username = user || (await askLine(session, before ? `Username (${before}): ` : 'Username: ')) || before || ''
  if (username === '') throw new CommandFailure('Error: Non-null Username Required')
  const password = given.trim() || (await askHidden(session, 'Password: '))
  if (password === '') throw new CommandFailure('Error: Password Required')
  return login(session, { username, password, serveraddress })
}

/** What the registry gives back as a token is kept instead of the password. */
async function login(session: Session, credentials: Login): Promise<string> {
  const { Status, IdentityToken } = await registryLogin(await session.client(), credentials)
  const kept = IdentityToken ? { ...credentials, password: '', identitytoken: IdentityToken } : credentials
  await storeCredentials(session, kept)
  return Status
}
