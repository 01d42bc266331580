import { writeConfigFile } from '../config/config-file.ts'
import type { AuthEntry, ConfigContents, ConfigFile } from '../config/config-file-shape.ts'
import type { Session } from '../session.ts'
import type { Credentials } from './credentials-shape.ts'
import { eraseWithHelper, getFromHelper, storeWithHelper } from './helper-program.ts'

/** The name under which docker keeps what logs in to Docker Hub. */
export const DOCKER_HUB_KEY = 'https://index.docker.io/v1/'
export const configKey = (domain: string): string =>
  domain === 'docker.io' || domain === 'index.docker.io' ? DOCKER_HUB_KEY : domain

/** The value of X-Registry-Auth for a registry: base64url of the stored credentials, of `{}` where there are none. */
export async function authHeader(session: Session, domain: string): Promise<string> {
  const credentials = await storedCredentials(session, configKey(domain))
  return Buffer.from(JSON.stringify(credentials)).toString('base64url')
}

/** DOCKER_AUTH_CONFIG first, then the helper program for this registry, then config.json. */
export async function storedCredentials(session: Session, key: string): Promise<Credentials> {
  const fromEnvironment = environmentAuths(session)[key]
  if (fromEnvironment) return { ...decodeEntry(fromEnvironment), serveraddress: key }
  const { contents } = await session.config()
  const helper = helperFor(contents, key)
  if (helper) return (await getFromHelper(helper, key)) ?? {}
  const auths = contents.auths ?? {}
  const entry = auths[key] ?? Object.entries(auths).find(([name]) => hostOf(name) === key)?.[1]
  return entry ? { ...decodeEntry(entry), serveraddress: key } : {}
}

export async function storeCredentials(
  session: Session,
  credentials: Credentials & { serveraddress: string },
): Promise<void> {
  const file = await session.config()
  const helper = helperFor(file.contents, credentials.serveraddress)
  if (helper) {
    await storeWithHelper(helper, credentials)
    // That there is something: docker lists the registry, and the secret is with the helper only.
    return keepEntry(file, credentials.serveraddress, {})
  }
  const { username = '', password = '', identitytoken } = credentials
  const entry: AuthEntry = {
    auth: username || password ? Buffer.from(`${username}:${password}`).toString('base64') : undefined,
    identitytoken: identitytoken || undefined,
  }
  if (isSame(file.contents.auths?.[credentials.serveraddress], entry)) return
  keepEntry(file, credentials.serveraddress, entry)
  if (password) session.tell(unencryptedWarning(file))
}

function keepEntry(file: ConfigFile, key: string, entry: AuthEntry): void {
  file.contents.auths = { ...file.contents.auths, [key]: entry }
  writeConfigFile(file)
}

const isSame = (before: AuthEntry | undefined, after: AuthEntry): boolean =>
  before !== undefined && before.auth === after.auth && before.identitytoken === after.identitytoken

const unencryptedWarning = ({ path }: ConfigFile): string => `
WARNING! Your credentials are stored unencrypted in '${path}'.
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/
`

/** Nothing happens where nothing is stored. */
export async function eraseCredentials(session: Session, key: string): Promise<void> {
  const file = await session.config()
  const helper = helperFor(file.contents, key)
  if (helper) await eraseWithHelper(helper, key)
  if (!file.contents.auths || !Object.hasOwn(file.contents.auths, key)) return
  delete file.contents.auths[key]
  writeConfigFile(file)
}

const helperFor = ({ credHelpers, credsStore }: ConfigContents, key: string): string | undefined =>
  credHelpers?.[hostOf(key)] ?? credHelpers?.[key] ?? (credsStore || undefined)

/** `registry.example:5000` of `https://registry.example:5000/v1/`. */
export const hostOf = (name: string): string => name.replace(/^\w+:\/\//, '').split('/', 1)[0] ?? ''

function decodeEntry({ auth, ...rest }: AuthEntry): Credentials {
  if (!auth) return rest
  const text = Buffer.from(auth, 'base64').toString().replace(/\0+$/, '')
  const at = text.indexOf(':')
  return at < 0 ? rest : { ...rest, username: text.slice(0, at), password: text.slice(at + 1) }
}

function environmentAuths(session: Session): Record<string, AuthEntry> {
  const text = session.environment['DOCKER_AUTH_CONFIG']
  if (!text) return {}
  try {
    return (JSON.parse(text) as { auths?: Record<string, AuthEntry> }).auths ?? {}
  } catch {
    session.tell('WARNING: DOCKER_AUTH_CONFIG is not valid JSON and is ignored')
    return {}
  }
}
