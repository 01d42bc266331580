import { SESSION } from '../../../wire/buildkit/session.ts'
import { type ServerMethods, unary } from '../../../wire/grpc/server.ts'
import { DOCKER_HUB_KEY, storedCredentials } from '../../registry/credentials.ts'
import type { Session } from '../../session.ts'

/** Docker Hub is asked for by the host that serves it. */
const HUB_HOSTS = ['registry-1.docker.io', 'docker.io', 'index.docker.io']

/** Tells the builder what this user has stored for a registry, when the builder comes to need it. */
export const credentialsService = (session: Session): ServerMethods => ({
  [SESSION.credentials.path]: unary(SESSION.credentials.request, SESSION.credentials.response, async ({ host }) => {
    const stored = await storedCredentials(session, HUB_HOSTS.includes(host) ? DOCKER_HUB_KEY : host)
    if (stored.identitytoken) return { username: '', secret: stored.identitytoken }
    return { username: stored.username ?? '', secret: stored.password ?? '' }
  }),
})
