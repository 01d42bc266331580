import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from './run.ts'
import { until } from './until.ts'

/** Debian's docker-registry on a loopback port of its own, with or without TLS and a password. */
export type TestRegistry = AsyncDisposable & { address: string; certificate: string; directory: string }
export type TestRegistryOptions = { tls?: boolean; user?: { name: string; password: string } }

export async function testRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'berth-registry-'))
  const address = `127.0.0.1:${await freePort()}`
  const certificate = join(directory, 'ca.crt')
  if (options.tls) await makeCertificate(directory)
  if (options.user)
    writeFileSync(
      join(directory, 'htpasswd'),
      await must(['htpasswd', '-Bbn', options.user.name, options.user.password]),
    )
  const config = join(directory, 'config.yml')
  writeFileSync(config, configuration(directory, address, options))
  const child = Bun.spawn(['docker-registry', 'serve', config], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
  const url = `${options.tls ? 'https' : 'http'}://${address}/v2/`
  await until('the registry answers', () =>
    fetch(url, { tls: { rejectUnauthorized: false } })
      .then(({ status }) => status < 500)
      .catch(() => false),
  )
  return {
    address,
    certificate,
    directory,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await child.exited
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function configuration(directory: string, address: string, { tls, user }: TestRegistryOptions): string {
  const secure = tls ? `  tls:\n    certificate: ${directory}/ca.crt\n    key: ${directory}/ca.key\n` : ''
  const auth = user ? `auth:\n  htpasswd:\n    realm: test\n    path: ${directory}/htpasswd\n` : ''
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${directory}/data\n`
  return `version: 0.1\nlog:\n  level: error\n${storage}http:\n  addr: ${address}\n${secure}${auth}`
}

async function makeCertificate(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  await must([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    `${directory}/ca.key`,
    '-out',
    `${directory}/ca.crt`,
  ])
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
