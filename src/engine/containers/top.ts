import { run } from '../../host/processes/run.ts'
import { containerFaults } from './faults.ts'

export type Top = { Titles: string[]; Processes: string[][] }

const PS_DEADLINE_MS = 10_000
const DEFAULT_ARGUMENTS = '-ef'
/** `ps` would be asked to print something else under the name PID [moby, validatePSArgs]. */
const RENAMED = /\s+(\S*)=\s*(PID\S*)/

/** The arguments of `ps` as Docker splits them: at white space, without quotation. Throws a 400 fault. */
export function psArguments(given: string | undefined): string[] {
  const text = given || DEFAULT_ARGUMENTS
  const renamed = RENAMED.exec(text)
  if (renamed && renamed[1] !== 'pid') throw containerFaults.PS_ARGS(`specifying "${renamed[0].trim()}" is not allowed`)
  const words = text.split(/\s+/).filter(Boolean)
  if (words.some(word => word.includes('\0'))) throw containerFaults.PS_ARGS('ps arguments contain a nul byte')
  return words
}

/** What `ps` printed, cut down to these processes. Throws a 400 fault if there is no column PID. */
export function readPs(output: string, pids: readonly number[]): Top {
  const [head = '', ...lines] = output.split('\n').filter(line => line.trim() !== '')
  const Titles = head.trim().split(/\s+/)
  const pidColumn = Titles.indexOf('PID')
  if (pidColumn < 0) throw containerFaults.PS_ARGS("Couldn't find PID field in ps output")
  const wanted = new Set(pids.map(String))
  const rows = lines.map(line => columns(line, Titles.length))
  return { Titles, Processes: rows.filter(row => wanted.has(row[pidColumn] ?? '')) }
}

/** The last column takes what is left, white space within it made single. */
function columns(line: string, count: number): string[] {
  const words = line.trim().split(/\s+/)
  return [...words.slice(0, count - 1), words.slice(count - 1).join(' ')]
}

/** `ps` of the host, never that of an image. Throws a 400 fault with its complaint. */
export async function runPs(words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['ps', ...words], { timeoutMs: PS_DEADLINE_MS })
  if (code !== 0)
    throw containerFaults.PS_ARGS(
      `ps: ${
        stderr
          .trim()
          .split('\n')[0]
          ?.replace(/^ps:\s*/, '') ?? ''
      }`,
    )
  return stdout
}
