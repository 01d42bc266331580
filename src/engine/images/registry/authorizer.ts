import { SingleFlight } from '../../../base/locks.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import type { Credentials } from './credentials.ts'
import { registryFaults } from './faults.ts'
import { mayTrustRealm } from './realm.ts'
import { basicHeader, fetchToken, type Token } from './token.ts'
import type { Transport } from './transport.ts'

/**
 * Holds what one endpoint wants to see before it answers: nothing, Basic, or a bearer token for a scope. Layers that are fetched
 * side by side share one token request.
 */
export class Authorizer {
  readonly #transport: Transport
  readonly #endpoint: URL
  readonly #domain: string
  readonly #credentials: Credentials | undefined
  readonly #flights = new SingleFlight<Token>()
  #challenge: Challenge | undefined
  #token: Token | undefined

  constructor(transport: Transport, endpoint: string, domain: string, credentials: Credentials | undefined) {
    this.#transport = transport
    this.#endpoint = new URL(endpoint)
    this.#domain = domain
    this.#credentials = credentials
  }

  /** Learns from a 401. */
  challenged(response: Response): void {
    this.#challenge = parseChallenges(response.headers.get('www-authenticate'))[0] ?? this.#challenge
    this.#token = undefined
  }

  /** The Authorization header for a request to the endpoint, if it wants one and there is something to show. */
  async header(scopes: string[], signal: AbortSignal): Promise<string | undefined> {
    if (this.#credentials?.registryToken) return `Bearer ${this.#credentials.registryToken}`
    if (this.#challenge === undefined) return undefined
    if (this.#challenge.scheme === 'basic') return basicHeader(this.#credentials)
    return `Bearer ${(await this.token(scopes, signal)).value}`
  }

  /** A token for the scopes, kept until it ends. With `offline`, one that comes with a refresh token. */
  async token(scopes: string[], signal: AbortSignal, offline = false): Promise<Token> {
    if (this.#token && this.#token.expiresAt > Date.now()) return this.#token
    this.#token = await this.#flights.run(scopes.join(' '), () => this.#fetch(scopes, signal, offline))
    return this.#token
  }

  get challenge(): Challenge | undefined {
    return this.#challenge
  }

  async #fetch(scopes: string[], signal: AbortSignal, offline: boolean): Promise<Token> {
    const challenge = this.#challenge!
    const realm = URL.parse(challenge.realm)
    if (realm === null || (realm.protocol !== 'https:' && realm.protocol !== 'http:')) {
      throw registryFaults.ANSWER(`the realm ${JSON.stringify(challenge.realm)} is not a URL`)
    }
    realm.username = ''
    realm.password = ''
    this.#refuseForeign(realm)
    const credentials = this.#credentials
    return await fetchToken(this.#transport, {
      challenge: { ...challenge, realm: realm.href },
      scopes: scopes.filter(Boolean),
      signal,
      offline,
      ...(credentials && { credentials }),
    })
  }

  /** Without credentials any realm may be asked: there is nothing to lose, and the token is for this endpoint only. */
  #refuseForeign(realm: URL): void {
    if (!this.#credentials) return
    const trusted = this.#transport.settings.trustedRealms[this.#domain]
    if (!mayTrustRealm(this.#endpoint, this.#domain, realm, trusted)) {
      throw registryFaults.REALM(this.#domain, realm.origin)
    }
  }
}
