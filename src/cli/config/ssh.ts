import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Dial, Wire, WireEvents } from '../../client/dial.ts'
import type { Endpoint } from '../../client/endpoint.ts'
import { clientFaults } from '../../client/faults.ts'
import { CommandFailure } from '../failures.ts'

const CONNECT_SECONDS = 30
const MOST_COMPLAINT = 4096

/** `ssh://[user@]host[:port][/path of the socket]`, as docker reads it. */
export function sshEndpoint(text: string): Endpoint {
  const argv = sshCommand(text)
  return { text, address: { dial: dialBy(argv) }, basePath: '' }
}

/** The remote side speaks through Berth if it has it, else through docker. */
export function sshCommand(text: string): string[] {
  const { user, host, port, path } = readSshUrl(text)
  return [
    'ssh',
    '-o',
    `ConnectTimeout=${CONNECT_SECONDS}`,
    '-T',
    ...(user ? ['-l', user] : []),
    ...(port ? ['-p', port] : []),
    '--',
    host,
    remoteCommand(path),
  ]
}

function remoteCommand(path: string): string {
  const words = [...(path ? ['--host', `unix://${path}`] : []), 'system', 'dial-stdio'].map(quoted).join(' ')
  const script = `if command -v berth >/dev/null 2>&1; then exec berth ${words}; else exec docker ${words}; fi`
  return `sh -c ${quoted(script)}`
}

/** For a shell, whatever it holds. */
const quoted = (word: string): string => (/^[\w:/.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

type SshUrl = { user: string; host: string; port: string; path: string }

function readSshUrl(text: string): SshUrl {
  const url = URL.parse(text)
  if (!url) throw refused(text === 'ssh://' ? 'hostname is empty' : JSON.stringify(text))
  if (url.password) throw refused('plain-text password is not supported')
  if (url.search) throw refused(`query parameters are not allowed: ${JSON.stringify(url.search.slice(1))}`)
  if (url.hash) throw refused(`fragments are not allowed: ${JSON.stringify(url.hash.slice(1))}`)
  if (url.hostname === '') throw refused('hostname is empty')
  const host = decoded(url.hostname).replace(/^\[|\]$/g, '')
  // What begins with a dash would be an option to ssh, and could name a program to run.
  if (!/^[\w:%][\w.:%-]*$/.test(host)) throw refused('hostname contains invalid characters')
  const path = decoded(url.pathname).replace(/^\/$/, '')
  return { user: decoded(url.username), host, port: url.port, path }
}

function decoded(part: string): string {
  const text = unescaped(part)
  if (/\p{Cc}/u.test(text)) throw refused('control characters are not allowed')
  return text
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refused(`invalid URL escape in ${JSON.stringify(part)}`)
  }
}

const refused = (why: string): CommandFailure =>
  new CommandFailure(`ssh host connection is not valid: invalid SSH URL: ${why}`)

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** Each connection is a process of its own, in a session of its own: ^C is for the container, not for ssh. */
const dialBy =
  (argv: string[]): Dial =>
  async events => {
    const [program = '', ...args] = argv
    const child: Child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', cause => reject(clientFaults.NO_PROGRAM(program, cause.message, { cause })))
    })
    return wireOver(child, argv, events)
  }

function wireOver(child: Child, argv: string[], events: WireEvents): Wire {
  const endWithUs = () => void child.kill()
  process.once('exit', endWithUs)
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MOST_COMPLAINT)
  })
  child.stdout.on('data', (bytes: Uint8Array) => events.data(bytes))
  child.stdin.on('drain', events.drain)
  // Its end tells more than a broken pipe.
  child.stdin.on('error', () => {})
  child.once('close', (code, signal) => {
    process.off('exit', endWithUs)
    if (code === 0) events.end()
    else events.error(clientFaults.COMMAND_ENDED(argv.join(' '), code ?? signal ?? '', complaint.trim()))
  })
  return {
    write: bytes => {
      if (child.stdin.writableNeedDrain) return 0
      child.stdin.write(bytes)
      return bytes.length
    },
    shutdown: () => child.stdin.end(),
    terminate: () => void child.kill(),
    pause: () => void child.stdout.pause(),
    resume: () => void child.stdout.resume(),
  }
}
