import { Type } from 'typebox'
import type { Images } from '../../../engine/images/images.ts'
import { readAuthConfig } from '../../../engine/images/registry/credentials.ts'
import type { AuthResult } from '../../../formats/engine-api/image.ts'
import { json, type Operation } from '../../http/operation.ts'

const AuthConfig = Type.Object({
  username: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
  auth: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
  serveraddress: Type.Optional(Type.String()),
  identitytoken: Type.Optional(Type.String()),
  registrytoken: Type.Optional(Type.String()),
})

/** What `docker login` asks: the registry itself is asked, nothing is kept. */
export const systemAuth = (images: Pick<Images, 'login'>): Operation => ({
  id: 'SystemAuth',
  method: 'POST',
  path: '/auth',
  handle: async request => {
    const body = await request.json(AuthConfig, { optional: true })
    const credentials = readAuthConfig(body) ?? {}
    const server = body.serveraddress ? { serverAddress: body.serveraddress } : {}
    const { identityToken } = await images.login({ ...credentials, ...server }, request.signal)
    const result: AuthResult = { Status: 'Login Succeeded', IdentityToken: identityToken }
    return json(200, result)
  },
})
