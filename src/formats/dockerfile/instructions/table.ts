import type { Escape, Instruction } from '../dockerfile.ts'
import type { RawInstruction } from '../reader.ts'
import { suggestion } from '../suggest.ts'
import { readCmd, readEntrypoint, readRun, readShell } from './command-line.ts'
import { faultIn } from './fault.ts'
import { readAdd, readCopy } from './files.ts'
import { readHealthcheck } from './healthcheck.ts'
import { readOnbuild } from './onbuild.ts'
import { readArg, readEnv, readLabel } from './pairs.ts'
import { readExpose, readMaintainer, readStopsignal, readUser, readVolume, readWorkdir } from './plain.ts'

type Kind = Instruction['kind']
type Fields<K extends Kind> = Omit<Extract<Instruction, { kind: K }>, 'span' | 'original' | 'keyword' | 'comments'>
type Readers = { [K in Kind]: (raw: RawInstruction, escapeCharacter: Escape) => Fields<K> }

const READERS: Readers = {
  add: readAdd,
  arg: readArg,
  cmd: readCmd,
  copy: readCopy,
  entrypoint: readEntrypoint,
  env: readEnv,
  expose: readExpose,
  healthcheck: readHealthcheck,
  label: readLabel,
  maintainer: readMaintainer,
  onbuild: readOnbuild,
  run: readRun,
  shell: readShell,
  stopsignal: readStopsignal,
  user: readUser,
  volume: readVolume,
  workdir: readWorkdir,
}

const NAMES = [...Object.keys(READERS), 'from']

/** Any instruction but FROM. Throws DockerfileFault. */
export function readInstruction(raw: RawInstruction, escapeCharacter: Escape): Instruction {
  const kind = raw.keyword.text.toLowerCase()
  if (!Object.hasOwn(READERS, kind)) throw unknown(raw)
  const fields = READERS[kind as Kind](raw, escapeCharacter)
  return { ...fields, ...common(raw) } as Instruction
}

function common(raw: RawInstruction) {
  const lastLine = Math.max(raw.line.endLine, raw.line.startLine)
  const end = raw.line.positionOf(Math.max(raw.rest.end, raw.keyword.end) - 1)
  return {
    span: {
      start: raw.line.positionOf(raw.keyword.start),
      end: lastLine > end.line ? { line: lastLine, column: 1 } : end,
    },
    original: raw.line.text.trim(),
    keyword: raw.keyword.text,
    comments: raw.comments,
  }
}

function unknown(raw: RawInstruction) {
  const given = raw.keyword.text
  const known = `known are ${NAMES.map(name => name.toUpperCase()).join(', ')}`
  return faultIn(raw, `unknown instruction: ${given}${suggestion(given, NAMES, { anyCase: true })}`, raw.keyword, known)
}
