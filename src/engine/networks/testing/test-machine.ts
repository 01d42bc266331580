import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../../base/ids.ts'
import { instanceAt } from '../../../base/instance.ts'
import { enterNetwork, OWN_NETWORK, unshareNetwork } from '../../../host/syscalls/namespace.ts'
import { openDatabase } from '../../../store/database/database.ts'
import type { NetworkAttachment, NetworkRequest } from '../networks.ts'
import { openNetworks } from '../open-networks.ts'
import { defaultNetworkingSettings, type NetworkingSettings } from '../settings.ts'

const DATAGRAMS = join(import.meta.dir, 'datagrams.ts')
const PROXY = join(import.meta.dir, '../../../../dist/native/berth-port-proxy')

/**
 * A machine for a test of the network: while it is there, the test's own process is in a new network namespace, so that
 * nothing reaches the real one. `eth0` (198.51.100.1/24) leads to `outside`, another machine on its wire at 198.51.100.2
 * that would route to containers through it.
 */
export class TestMachine implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'berth-network-'))
  readonly outside: string
  readonly #home = openSync(OWN_NETWORK, 'r')
  readonly #programs: Bun.Subprocess[] = []
  readonly #daemons: ReturnType<typeof testNetworks>[] = []

  constructor() {
    unshareNetwork()
    this.outside = this.#otherMachine()
  }

  /** A network namespace's name for `nsenter`: the process that holds it open. */
  #otherMachine(): string {
    const holder = Bun.spawn(['unshare', '-n', 'sleep', '1000'], { stdio: ['ignore', 'ignore', 'ignore'] })
    this.#programs.push(holder)
    const path = `/proc/${holder.pid}/ns/net`
    until(() => !sameFile(path, OWN_NETWORK))
    // a new namespace has the settings of the machine's first one
    this.sh(`echo 0 > /proc/sys/net/ipv4/ip_forward
      ip link set lo up
      ip link add eth0 type veth peer name eth0 netns ${holder.pid}
      ip addr add 198.51.100.1/24 dev eth0
      ip link set eth0 up`)
    this.sh(
      `ip link set lo up; ip addr add 198.51.100.2/24 dev eth0; ip link set eth0 up; ip route add default via 198.51.100.1`,
      path,
    )
    return path
  }

  /** Runs a script, in the namespace at the path or on the machine itself. Throws what it complained about. */
  sh(script: string, namespace?: string): string {
    const { stdout, stderr, success } = Bun.spawnSync([...inside(namespace), 'sh', '-ec', script], { env: ENV })
    if (!success) throw new Error(`${script}: ${stderr.toString()}`)
    return stdout.toString()
  }

  /** A web server that answers every question for `/` with the text. */
  async serve(text: string, port: number, namespace?: string): Promise<void> {
    const root = mkdtempSync(join(this.directory, 'www-'))
    writeFileSync(join(root, 'index.html'), text)
    this.start(['busybox', 'httpd', '-f', '-p', String(port), '-h', root], namespace)
    await eventually(() => this.sh('cat /proc/net/tcp*', namespace).includes(`:${hex4(port)} 0`))
  }

  start(argv: string[], namespace?: string): Bun.Subprocess {
    const program = Bun.spawn([...inside(namespace), ...argv], { stdio: ['ignore', 'ignore', 'ignore'], env: ENV })
    this.#programs.push(program)
    return program
  }

  /** What a web server answers; '' if there was no answer. */
  ask(where: string, namespace?: string, patienceSeconds = 5): string {
    const argv = [
      ...inside(namespace),
      'timeout',
      String(patienceSeconds),
      'busybox',
      'wget',
      '-qO-',
      `http://${where}/`,
    ]
    return Bun.spawnSync(argv, { env: ENV }).stdout.toString()
  }

  /** As `ask`, where nobody is expected to answer. */
  askInVain(where: string, namespace?: string): string {
    return this.ask(where, namespace, 0.4)
  }

  /** A service that sends datagrams back, and notes their texts in a file. */
  async echo(port: number, namespace?: string, file = ''): Promise<void> {
    this.start([process.execPath, DATAGRAMS, 'serve', String(port), file], namespace)
    await eventually(() => this.sh('cat /proc/net/udp', namespace).includes(`:${hex4(port)} 0`))
  }

  /** What comes back for one datagram, `TEXT from ADDRESS`; '' for nothing within a second. */
  askUdp(host: string, port: number, text: string, namespace?: string, from = ''): string {
    const argv = [...inside(namespace), process.execPath, DATAGRAMS, 'ask', host, String(port), text, from]
    return Bun.spawnSync(argv, { env: ENV }).stdout.toString()
  }

  /** A daemon's networks, with directories of their own (`name`) on this machine. */
  daemon(name = 'one', settings: Partial<NetworkingSettings> = {}) {
    const daemon = testNetworks(join(this.directory, name), settings)
    this.#daemons.push(daemon)
    return daemon
  }

  /** Daemons that a failed test left running go too. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons) if (daemon.isRunning()) await daemon[Symbol.asyncDispose]()
    for (const program of this.#programs) program.kill('SIGKILL')
    await Promise.all(this.#programs.map(({ exited }) => exited))
    enterNetwork(this.#home)
    closeSync(this.#home)
    rmSync(this.directory, { recursive: true })
  }
}

/** One daemon's networks. `start` may be called again after `stop` or `kill`: it is then the next daemon. */
export function testNetworks(root: string, settings: Partial<NetworkingSettings>) {
  const instance = instanceAt(join(root, 'data'), join(root, 'exec'))
  mkdirSync(instance.dataRoot, { recursive: true })
  const running = new Map<string, { name: string; attachment: NetworkAttachment }>()
  let database: ReturnType<typeof openDatabase> | undefined
  let networks: ReturnType<typeof openNetworks> | undefined
  const live = () => networks ?? missing()

  const daemon = {
    instance,
    running,
    networks: live,
    isRunning: () => networks !== undefined,
    /** `alive`: the containers that did not end meanwhile; all by default. */
    start: async (alive: (containerId: string) => boolean = () => true): Promise<void> => {
      database = openDatabase(join(instance.dataRoot, 'berth.db'))
      const all = { ...defaultNetworkingSettings, ...settings }
      networks = openNetworks({ instance, database, settings: all, proxyProgram: PROXY, events: { emit: () => {} } })
      const kept = [...running].filter(([containerId]) => alive(containerId))
      await networks.recover(kept.map(([containerId, each]) => ({ containerId, ...each })))
    },
    run: async (request: Partial<NetworkRequest> = {}) => {
      const whole = requestFor(root, request)
      const attachment = await live().attach(whole)
      running.set(whole.containerId, { name: whole.name, attachment })
      const address = attachment.endpoints['bridge']?.IPAddress ?? ''
      return { id: whole.containerId, attachment, address, namespace: attachment.namespacePath, request: whole }
    },
    end: async (containerId: string): Promise<void> => {
      const attachment = running.get(containerId)?.attachment
      if (attachment) await live().release(containerId, attachment)
      running.delete(containerId)
    },
    stop: async (): Promise<void> => {
      await networks?.stop()
      networks = undefined
      database?.close()
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      if (!networks) await daemon.start()
      for (const containerId of [...running.keys()]) await daemon.end(containerId)
      await daemon.stop()
    },
  }
  return daemon
}

export function requestFor(root: string, request: Partial<NetworkRequest> = {}): NetworkRequest {
  const containerId = newId()
  return {
    containerId,
    name: `c-${containerId.slice(0, 6)}`,
    mode: 'default',
    hostname: 'ship',
    domainname: '',
    portBindings: {},
    exposed: [],
    publishAll: false,
    endpoints: {},
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: [],
    directory: join(root, 'data/containers', containerId),
    ...request,
  }
}

const ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
const inside = (namespace: string | undefined): string[] => (namespace ? ['nsenter', `--net=${namespace}`] : [])
const hex4 = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0')

function sameFile(one: string, other: string): boolean {
  const link = (path: string): string => Bun.spawnSync(['readlink', path]).stdout.toString()
  return link(one) === link(other.replace('thread-self', `${process.pid}`))
}

function until(claim: () => boolean): void {
  for (let tries = 0; !claim(); tries++) {
    if (tries > 200) throw new Error('waited in vain')
    Bun.sleepSync(10)
  }
}

export async function eventually(claim: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await claim()); tries++) {
    if (tries > 400) throw new Error('waited in vain')
    await Bun.sleep(25)
  }
}

function missing(): never {
  throw new Error('no daemon runs')
}
