/** Linux's signals by name, without `SIG`. Numbers are those of x86_64, arm64 and riscv64. */
const NUMBERS: Record<string, number> = Object.assign(Object.create(null), {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  IOT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  POLL: 29,
  PWR: 30,
  SYS: 31,
  UNUSED: 31,
})
const RTMIN = 34
const RTMAX = 64

/** The number of `SIGTERM`, `term`, `15`, `RTMIN+3`, `SIGRTMAX-2`; undefined for anything else, 0 included. */
export function parseSignal(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) >= 1 && Number(text) <= RTMAX ? Number(text) : undefined
  const name = text.toUpperCase().replace(/^SIG/, '')
  return NUMBERS[name] ?? realTime(name)
}

function realTime(name: string): number | undefined {
  const match = /^(RTMIN|RTMAX)(?:([+-])(\d{1,2}))?$/.exec(name)
  if (!match) return undefined
  const offset = Number(match[3] ?? 0) * (match[2] === '-' ? -1 : 1)
  const number = (match[1] === 'RTMIN' ? RTMIN : RTMAX) + offset
  return number >= RTMIN && number <= RTMAX ? number : undefined
}
