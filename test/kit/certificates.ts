import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './run.ts'

/** An authority in the directory, and `ca.pem`, `cert.pem`, `key.pem` of what it signs, in a directory each. */
export async function authorityIn(
  directory: string,
): Promise<{ sign: (name: string, extensions: string) => Promise<string> }> {
  mkdirSync(directory, { recursive: true })
  const at = (name: string): string => join(directory, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await must([
    'openssl',
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=authority',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  ])
  return {
    sign: async (name, extensions) => {
      const own = at(name)
      mkdirSync(own)
      writeFileSync(join(own, 'extensions'), extensions)
      await must([
        'openssl',
        'req',
        ...key,
        '-subj',
        `/CN=${name}`,
        '-keyout',
        join(own, 'key.pem'),
        '-out',
        join(own, 'request'),
      ])
      const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2']
      await must([
        'openssl',
        'x509',
        '-req',
        '-in',
        join(own, 'request'),
        ...signing,
        '-extfile',
        join(own, 'extensions'),
        '-out',
        join(own, 'cert.pem'),
      ])
      await must(['cp', at('ca.pem'), own])
      return own
    },
  }
}

export const SERVER = 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n'
export const CLIENT = 'extendedKeyUsage=clientAuth\n'
