import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Instance } from '../../src/base/instance.ts'
import { run } from './run.ts'

/** What an instance must not leave behind, each as a sentence; empty when all is clean. */
export async function leaksOf(instance: Instance): Promise<string[]> {
  const [links, tables] = await Promise.all([linksOf(instance), tablesOf(instance)])
  return [...mountsOf(instance), ...links, ...tables, ...cgroupsOf(instance), ...processesOf(instance)]
}

function mountsOf({ dataRoot, execRoot }: Instance): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines
    .filter(line => line.includes(` ${dataRoot}/`) || line.includes(` ${execRoot}/`))
    .map(line => `mount: ${line}`)
}

async function linksOf({ bridge, linkPrefix }: Instance): Promise<string[]> {
  const { stdout } = await run(['ip', '-o', 'link'])
  const names = [...stdout.matchAll(/^\d+: ([^:@]+)/gm)].map(match => match[1] ?? '')
  return names.filter(name => name === bridge || name.startsWith(linkPrefix)).map(name => `interface: ${name}`)
}

async function tablesOf({ table }: Instance): Promise<string[]> {
  const { stdout } = await run(['nft', 'list', 'tables'])
  const named = stdout.split('\n').filter(line => new RegExp(` ${table}(_.*)?$`).test(line))
  return named.map(line => `firewall: ${line}`)
}

function cgroupsOf({ cgroupParent }: Instance): string[] {
  const name = cgroupParent.slice(1)
  const roots = ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map(entry => `/sys/fs/cgroup/${entry}`)]
  return roots.filter(root => listed(root).includes(name)).map(root => `cgroup: ${root}/${name}`)
}

/** Processes whose command line or open executable names the instance's directories. */
function processesOf({ dataRoot, execRoot }: Instance): string[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && name !== String(process.pid))
  return pids.flatMap(pid => {
    const told = `${commandLine(pid)} ${executable(pid)}`
    return told.includes(`${dataRoot}/`) || told.includes(`${execRoot}/`) || told.includes(`${dataRoot} `)
      ? [`process ${pid}: ${told}`]
      : []
  })
}

const commandLine = (pid: string): string =>
  attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
const executable = (pid: string): string => attempt(() => readlinkSync(`/proc/${pid}/exe`))
const listed = (directory: string): string[] => {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
