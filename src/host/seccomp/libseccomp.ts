import { dlopen, type Pointer } from 'bun:ffi'
import { closeSync, fstatSync, readSync } from 'node:fs'
import { cString } from '../syscalls/call.ts'
import { seccompFaults } from './faults.ts'

/** libseccomp 2.5, as far as profiles need it. Source: seccomp.h, seccomp_rule_add(3), seccomp_export_bpf(3). */
const SYMBOLS = {
  seccomp_init: { args: ['u32'], returns: 'ptr' },
  seccomp_release: { args: ['ptr'], returns: 'void' },
  seccomp_arch_resolve_name: { args: ['ptr'], returns: 'u32' },
  seccomp_arch_add: { args: ['ptr', 'u32'], returns: 'i32' },
  seccomp_attr_set: { args: ['ptr', 'i32', 'u32'], returns: 'i32' },
  seccomp_syscall_resolve_name: { args: ['ptr'], returns: 'i32' },
  seccomp_syscall_resolve_name_arch: { args: ['u32', 'ptr'], returns: 'i32' },
  seccomp_arch_native: { args: [], returns: 'u32' },
  seccomp_rule_add_array: { args: ['ptr', 'u32', 'i32', 'u32', 'ptr'], returns: 'i32' },
  seccomp_export_bpf: { args: ['ptr', 'i32'], returns: 'i32' },
} as const

const open = () => dlopen('libseccomp.so.2', SYMBOLS).symbols
let library: ReturnType<typeof open> | undefined

function libseccomp(): ReturnType<typeof open> {
  try {
    library ??= open()
    return library
  } catch (cause) {
    throw seccompFaults.MISSING((cause as Error).message, { cause })
  }
}

const libc = dlopen('libc.so.6', { memfd_create: { args: ['ptr', 'u32'], returns: 'i32' } }).symbols

export type Comparison = { index: number; operator: number; first: bigint; second: bigint }

/** One filter under construction. */
export type FilterContext = {
  /** `SCMP_ARCH_X86_64`, …; the native one is there from the start. */
  addArchitecture(name: string): void
  /** The pseudo number of a system call; undefined if libseccomp does not know it. */
  resolve(name: string): number | undefined
  /** All comparisons hold together; at most one for each argument. */
  addRule(action: number, number: number, comparisons: Comparison[], name: string): void
  exportBpf(): Buffer
  [Symbol.dispose](): void
}

const EEXIST = 17
const UNKNOWN_CALL = -1
/** sizeof(struct scmp_arg_cmp): u32 arg, i32 op, u64 datum_a, u64 datum_b. */
const COMPARISON_BYTES = 24
/** SCMP_FLTATR_CTL_OPTIMIZE 8, value 2: a binary tree, a quarter of the time of a list for calls at its end. */
const OPTIMIZE = 8
const BINARY_TREE = 2

export function openFilter(defaultAction: number): FilterContext {
  const lib = libseccomp()
  const context = lib.seccomp_init(defaultAction) as Pointer | null
  if (!context) throw seccompFaults.FAILED('seccomp_init', 12)
  lib.seccomp_attr_set(context, OPTIMIZE, BINARY_TREE)
  return {
    addArchitecture: name => addArchitecture(context, name),
    resolve: name => resolve(name),
    addRule: (action, number, comparisons, name) => {
      const packed = pack(comparisons)
      check(lib.seccomp_rule_add_array(context, action, number, comparisons.length, packed), `seccomp_rule_add ${name}`)
    },
    exportBpf: () => exportBpf(context),
    [Symbol.dispose]: () => lib.seccomp_release(context),
  }
}

function addArchitecture(context: Pointer, name: string): void {
  const result = libseccomp().seccomp_arch_add(context, architectureToken(name))
  if (result !== -EEXIST) check(result, `seccomp_arch_add ${name}`)
}

function resolve(name: string): number | undefined {
  const number = libseccomp().seccomp_syscall_resolve_name(cString(name))
  return number === UNKNOWN_CALL ? undefined : number
}

function pack(comparisons: Comparison[]): Buffer {
  const bytes = Buffer.alloc(Math.max(1, comparisons.length) * COMPARISON_BYTES)
  comparisons.forEach(({ index, operator, first, second }, at) => {
    bytes.writeUInt32LE(index, at * COMPARISON_BYTES)
    bytes.writeInt32LE(operator, at * COMPARISON_BYTES + 4)
    bytes.writeBigUInt64LE(first, at * COMPARISON_BYTES + 8)
    bytes.writeBigUInt64LE(second, at * COMPARISON_BYTES + 16)
  })
  return bytes
}

function exportBpf(context: Pointer): Buffer {
  const CLOEXEC = 1
  const memory = libc.memfd_create(cString('seccomp'), CLOEXEC)
  if (memory < 0) throw seccompFaults.FAILED('memfd_create', 0)
  try {
    check(libseccomp().seccomp_export_bpf(context, memory), 'seccomp_export_bpf')
    const program = Buffer.alloc(fstatSync(memory).size)
    readSync(memory, program, 0, program.length, 0)
    return program
  } finally {
    closeSync(memory)
  }
}

/** The kernel's number for an architecture (AUDIT_ARCH_*); the machine's own without a name. Throws seccompFaults.INVALID. */
export function architectureToken(name?: string): number {
  const lib = libseccomp()
  if (name === undefined) return lib.seccomp_arch_native()
  const token = lib.seccomp_arch_resolve_name(cString(name.replace(/^SCMP_ARCH_/, '').toLowerCase()))
  if (token === 0) throw seccompFaults.INVALID(`string ${name} is not a valid arch for seccomp`)
  return token
}

/** The number of a call on one architecture; undefined where it has none that libseccomp knows. */
export function numberOn(token: number, name: string): number | undefined {
  const number = libseccomp().seccomp_syscall_resolve_name_arch(token, cString(name))
  return number < 0 ? undefined : number
}

/** libseccomp answers -errno. */
function check(result: number, call: string): void {
  if (result < 0) throw seccompFaults.FAILED(call, -result)
}
