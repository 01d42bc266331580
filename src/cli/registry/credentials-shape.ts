/** Who logs in, as the API takes it. */
export type Credentials = {
  username?: string
  password?: string
  email?: string
  serveraddress?: string
  identitytoken?: string
  registrytoken?: string
}
