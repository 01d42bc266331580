import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { must } from './run.ts'
import { until } from './until.ts'

/** An OpenSSH server on loopback that lets in one key made for it, and the home of a client that has it. */
export type SshServer = AsyncDisposable & {
  /** `root@127.0.0.1:port`. */
  address: string
  /** HOME of a client: its ssh finds key and known host. */
  home: string
}

/** `path` and `environment` are what a command over there has. */
export async function sshServer(path: string, environment: Record<string, string>): Promise<SshServer> {
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  // Below root's own directory: sshd does not trust keys below one that others can write, as /tmp.
  const directory = mkdtempSync('/root/berth-ssh-')
  const port = freePort()
  const home = join(directory, 'home')
  const key = join(directory, 'key')
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 })
  for (const name of [key, join(directory, 'host')])
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', name])
  const set = Object.entries({ PATH: path, ...environment }).map(([name, value]) => `${name}=${value}`)
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${directory}/host`,
    `AuthorizedKeysFile ${key}.pub`,
    `PidFile ${directory}/pid`,
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    `SetEnv ${set.join(' ')}`,
  ]
  writeFileSync(join(directory, 'config'), `${config.join('\n')}\n`)
  // The client's own: ssh takes its home from the password file, so that HOME does not count.
  const client = join(directory, 'client')
  writeFileSync(
    client,
    `IdentityFile ${key}\nIdentitiesOnly yes\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n`,
  )
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${client} "$@"\n`)
  chmodSync(join(home, 'bin/ssh'), 0o755)
  const server = Bun.spawn(['/usr/sbin/sshd', '-D', '-e', '-f', join(directory, 'config')], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: Bun.file(join(directory, 'log')),
  })
  await until('the ssh server listens', async () => server.exitCode !== null || (await answers(port)))
  if (server.exitCode !== null) throw new Error(await Bun.file(join(directory, 'log')).text())
  return {
    address: `root@127.0.0.1:${port}`,
    home,
    [Symbol.asyncDispose]: async () => {
      server.kill()
      await server.exited
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } })
    socket.end()
    return true
  } catch {
    return false
  }
}
