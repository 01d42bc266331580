import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CLIENTS, clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'

/** Daemons of other tests on this machine may have networks too. */
const TEN = `10.${60 + Math.floor(Math.random() * 140)}`
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await testDaemon()
  await out('network', 'create', '--subnet', `${TEN}.0.0/24`, 'front')
  await out('network', 'create', '--subnet', `${TEN}.1.0/24`, 'back')
})
afterAll(() => daemon[Symbol.asyncDispose]())

const out = (...args: string[]) => clientOf(daemon, 'berth').out(...args)
const sleeper = (name: string, ...flags: string[]) =>
  out('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '1000')

/** The addresses that a container gets for a name; none for a name that it does not know. */
async function lookup(container: string, name: string): Promise<string[]> {
  const { stdout } = await clientOf(daemon, 'berth').cli(['exec', container, 'nslookup', name])
  const answer = stdout.slice(stdout.indexOf('\n\n'))
  return [...answer.matchAll(/^Address: (\S+)$/gm)].map(([, address = '']) => address).sort()
}

test.each(CLIENTS)(
  'by %s: names, aliases, short ids and addresses are known inside shared networks only',
  async client => {
    const run = (...args: string[]) => clientOf(daemon, client).out('run', '-d', ...args, 'busybox', 'sleep', '1000')
    const id = await run('--name', 'db', '--network', 'front', '--network-alias', 'store', '--ip', `${TEN}.0.5`)
    await run('--name', 'db2', '--network', 'front', '--network-alias', 'store', '--ip', `${TEN}.0.6`)
    await run('--name', 'asker', '--network', 'front')
    await run('--name', 'stranger', '--network', 'back')
    for (const name of ['db', 'db.front', id.slice(0, 12)])
      expect([name, await lookup('asker', name)]).toEqual([name, [`${TEN}.0.5`]])
    expect(await lookup('asker', 'store')).toEqual([`${TEN}.0.5`, `${TEN}.0.6`])
    expect(await out('exec', 'asker', 'nslookup', `${TEN}.0.5`)).toContain('name = db.front')
    expect(await lookup('stranger', 'db')).toEqual([])
    expect(await out('exec', 'asker', 'ping', '-c', '1', '-W', '2', 'db')).toContain(`${TEN}.0.5`)
    await out('network', 'connect', 'front', 'stranger')
    expect(await lookup('stranger', 'db')).toEqual([`${TEN}.0.5`])
    await out('network', 'disconnect', 'front', 'db')
    expect(await lookup('asker', 'db')).toEqual([])
    await out('rm', '-f', 'db', 'db2', 'asker', 'stranger')
  },
)

test('a container of the default bridge asks the host’s servers, and the embedded ones once it is connected', async () => {
  await sleeper('plain')
  expect(await out('exec', 'plain', 'cat', '/etc/resolv.conf')).not.toContain('127.0.0.11')
  await sleeper('named', '--network', 'front', '--ip', `${TEN}.0.7`)
  await out('network', 'connect', 'front', 'plain')
  expect(await lookup('plain', 'named')).toEqual([`${TEN}.0.7`])
  await out('network', 'disconnect', 'front', 'plain')
  expect(await out('exec', 'plain', 'cat', '/etc/resolv.conf')).not.toContain('127.0.0.11')
  await out('rm', '-f', 'plain', 'named')
})

test('names are answered while no daemon is there, and by the next one', async () => {
  await sleeper('lasting', '--network', 'front', '--ip', `${TEN}.0.8`)
  await sleeper('watcher', '--network', 'front')
  const path = await out('inspect', 'watcher', '--format', '{{.NetworkSettings.SandboxKey}}')
  await daemon.kill()
  const direct = Bun.spawnSync(['nsenter', `--net=${path}`, 'busybox', 'nslookup', 'lasting', '127.0.0.11'])
  expect(direct.stdout.toString()).toContain(`${TEN}.0.8`)
  await daemon.start()
  expect(await lookup('watcher', 'lasting')).toEqual([`${TEN}.0.8`])
  await sleeper('later', '--network', 'front', '--ip', `${TEN}.0.9`)
  expect(await lookup('watcher', 'later')).toEqual([`${TEN}.0.9`])
  await out('rm', '-f', 'lasting', 'watcher', 'later')
})

test('a container may serve names itself, at port 53 of all its addresses', async () => {
  await sleeper('friend', '--network', 'front', '--ip', `${TEN}.0.11`)
  const serve = 'echo hi > /x; (nc -lu -p 53 0.0.0.0 < /x &); exec nc -l -p 53 -e cat /x'
  await out('run', '-d', '--name', 'server', '--network', 'front', '--ip', `${TEN}.0.10`, 'busybox', 'sh', '-c', serve)
  expect(await lookup('server', 'friend')).toEqual([`${TEN}.0.11`])
  await until(
    'its own server answers',
    async () => (await out('exec', 'friend', 'nc', '-w', '1', `${TEN}.0.10`, '53')) === 'hi',
  )
  await out('rm', '-f', 'friend', 'server')
})

test('search domains and options of the container stand in its resolv.conf, behind the embedded resolver', async () => {
  const flags = ['--dns', '192.0.2.53', '--dns-search', 'example.test', '--dns-option', 'timeout:1']
  await sleeper('own', '--network', 'front', ...flags)
  const text = await out('exec', 'own', 'cat', '/etc/resolv.conf')
  expect(text).toContain('nameserver 127.0.0.11')
  expect(text).toContain('search example.test')
  expect(text).toContain('options timeout:1 ndots:0')
  await out('rm', '-f', 'own')
})
