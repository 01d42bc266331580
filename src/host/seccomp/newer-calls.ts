/**
 * System calls younger than the libseccomp of old distributions. From 424 on a call has one number on every architecture.
 * Source: include/uapi/asm-generic/unistd.h of Linux 6.18.
 */
const NUMBERS: Record<string, number> = Object.assign(Object.create(null), {
  process_mrelease: 448,
  futex_waitv: 449,
  set_mempolicy_home_node: 450,
  cachestat: 451,
  fchmodat2: 452,
  map_shadow_stack: 453,
  futex_wake: 454,
  futex_wait: 455,
  futex_requeue: 456,
  statmount: 457,
  listmount: 458,
  lsm_get_self_attr: 459,
  lsm_set_self_attr: 460,
  lsm_list_modules: 461,
  mseal: 462,
  setxattrat: 463,
  getxattrat: 464,
  listxattrat: 465,
  removexattrat: 466,
  open_tree_attr: 467,
  file_getattr: 468,
  file_setattr: 469,
})

export const newerCall = (name: string): number | undefined => NUMBERS[name]

/** A call that libseccomp could not be told of. */
export type NewerRule = { number: number; action: number }
/** Beyond `largest` there is nothing that the profile could have known. `token` is AUDIT_ARCH_*. */
export type ArchitectureBound = { token: number; largest: number }

const LOAD = 0x20
const EQUAL = 0x15
const AT_LEAST = 0x35
const GREATER = 0x25
const RETURN = 0x06
const NUMBER_AT = 0
const ARCHITECTURE_AT = 4
const X32_BIT = 0x40000000
const ERRNO_ENOSYS = 0x00050000 | 38

type Instruction = [code: number, ifTrue: number, ifFalse: number, value: number]

/**
 * Instructions to stand before a filter: they decide the newer calls, and answer ENOSYS to what is newer still, so that
 * programs fall back to what they did before instead of failing with EPERM (runc does the same to its filters). Everything
 * else goes on to the filter. Source: linux/filter.h, struct sock_filter and struct seccomp_data.
 */
export function newerCallsPrologue(rules: readonly NewerRule[], bounds: readonly ArchitectureBound[]): Buffer {
  const blocks = bounds.map(({ token, largest }) => ({ token, body: blockFor(rules, largest) }))
  const program: Instruction[] = [[LOAD, 0, 0, ARCHITECTURE_AT]]
  for (const { token, body } of blocks) program.push([EQUAL, 0, body.length, token], ...body)
  // What fell through the last block goes on; what a block let pass has to leap over the others.
  return encode(program.map((instruction, at) => leap(instruction, at, program.length)))
}

/** Stands for "on to the filter" until the distance is known. */
const ONWARD = -1

function blockFor(rules: readonly NewerRule[], largest: number): Instruction[] {
  const smallest = Math.min(largest + 1, ...rules.map(({ number }) => number))
  const decided = rules.flatMap(({ number, action }): Instruction[] => [
    [EQUAL, 0, 1, number],
    [RETURN, 0, 0, action],
  ])
  return [
    [LOAD, 0, 0, NUMBER_AT],
    [AT_LEAST, ONWARD, 0, X32_BIT],
    [AT_LEAST, 0, ONWARD, smallest],
    ...decided,
    [GREATER, 0, ONWARD, largest],
    [RETURN, 0, 0, ERRNO_ENOSYS],
  ]
}

function leap([code, ifTrue, ifFalse, value]: Instruction, at: number, end: number): Instruction {
  const distance = (offset: number) => (offset === ONWARD ? end - at - 1 : offset)
  return [code, distance(ifTrue), distance(ifFalse), value]
}

function encode(program: Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach(([code, ifTrue, ifFalse, value], at) => {
    bytes.writeUInt16LE(code, at * 8)
    bytes.writeUInt8(ifTrue, at * 8 + 2)
    bytes.writeUInt8(ifFalse, at * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, at * 8 + 4)
  })
  return bytes
}
