/** PEM texts of a server that knows its clients. Only certificates of `ca` are accepted, never those of the system's authorities. */
export type TlsMaterial = {
  ca: Buffer
  cert: Buffer
  key: Buffer
  requestCert: true
  rejectUnauthorized: true
  minVersion: 'TLSv1.2'
}

export const mutualTls = (ca: Buffer, cert: Buffer, key: Buffer): TlsMaterial => ({
  ca,
  cert,
  key,
  requestCert: true,
  rejectUnauthorized: true,
  minVersion: 'TLSv1.2',
})
