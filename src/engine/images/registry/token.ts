import { answerFault } from './answer-fault.ts'
import type { Challenge } from './challenge.ts'
import type { Credentials } from './credentials.ts'
import { registryFaults } from './faults.ts'
import { readBounded, type Transport } from './transport.ts'

export type Token = { value: string /** Unix ms. */; expiresAt: number; refresh?: string }
export type TokenRequest = {
  challenge: Challenge
  scopes: readonly string[]
  /** Already allowed for this realm. */
  credentials?: Credentials
  /** For a login: asks for a refresh token too. */
  offline?: boolean
  signal: AbortSignal
}

const MAX_TOKEN = 1024 * 1024
const CLIENT_ID = 'berth'
/** A token that says nothing of its life lives a minute (token specification, expires_in). */
const DEFAULT_LIFE_S = 60
/** A token is renewed a little before its end. */
const MARGIN_MS = 5000

/** Gets a bearer token: by POST with an identity token, else by GET, and by POST where the server has no GET. Source: distribution, token and OAuth specifications. */
export async function fetchToken(transport: Transport, request: TokenRequest): Promise<Token> {
  if (request.credentials?.identityToken) return await byPost(transport, request)
  const response = await byGet(transport, request)
  if (response.ok) return await readToken(transport, response)
  const noGet = response.status === 405 || (response.status === 404 && request.credentials?.username)
  if (noGet && request.credentials) {
    await response.body?.cancel()
    return await byPost(transport, request)
  }
  throw await answerFault(response, request.challenge.realm)
}

async function byGet(transport: Transport, { challenge, scopes, credentials, offline, signal }: TokenRequest) {
  const url = new URL(challenge.realm)
  if (challenge.service) url.searchParams.set('service', challenge.service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  if (credentials?.username) url.searchParams.set('account', credentials.username)
  if (offline) url.searchParams.set('offline_token', 'true')
  url.searchParams.set('client_id', CLIENT_ID)
  return await transport.send(url.href, { signal, authorization: basicHeader(credentials) })
}

async function byPost(transport: Transport, { challenge, scopes, credentials, offline, signal }: TokenRequest) {
  const form = new URLSearchParams({ service: challenge.service, client_id: CLIENT_ID, scope: scopes.join(' ') })
  if (credentials?.identityToken) {
    form.set('grant_type', 'refresh_token')
    form.set('refresh_token', credentials.identityToken)
  } else {
    form.set('grant_type', 'password')
    form.set('username', credentials?.username ?? '')
    form.set('password', credentials?.password ?? '')
  }
  if (offline) form.set('access_type', 'offline')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const response = await transport.send(challenge.realm, { method: 'POST', headers, body: form.toString(), signal })
  if (!response.ok) throw await answerFault(response, challenge.realm)
  return await readToken(transport, response)
}

async function readToken(transport: Transport, response: Response): Promise<Token> {
  const bytes = await readBounded(response, MAX_TOKEN, 'token', transport.settings.stallMs)
  const body = parse(bytes)
  const value = body.token || body.access_token
  // A token with a line break would add headers of its own.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw registryFaults.ANSWER('no token')
  const life = typeof body.expires_in === 'number' && body.expires_in > 0 ? body.expires_in : DEFAULT_LIFE_S
  return {
    value,
    expiresAt: Date.now() + Math.max(life * 1000 - MARGIN_MS, MARGIN_MS),
    ...(typeof body.refresh_token === 'string' && body.refresh_token && { refresh: body.refresh_token }),
  }
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>
  } catch {}
  throw registryFaults.ANSWER('the token is not JSON')
}

export function basicHeader(credentials: Credentials | undefined): string | undefined {
  if (!credentials?.username) return undefined
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password ?? ''}`).toString('base64')}`
}
