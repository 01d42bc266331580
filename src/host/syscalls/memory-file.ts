import { dlopen } from 'bun:ffi'
import { closeSync, writeSync } from 'node:fs'
import { check, cString, hasCode } from './call.ts'

const libc = dlopen('libc.so.6', {
  memfd_create: { args: ['ptr', 'u32'], returns: 'i32' },
  fcntl: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
}).symbols

const MFD_CLOEXEC = 1
const MFD_ALLOW_SEALING = 2
const MFD_EXEC = 0x10
const F_ADD_SEALS = 1033
const ALL_SEALS = 0xf

/** A program in memory that nobody can change any more, whoever gets hold of it. The descriptor is the caller's to close. */
export function sealedProgram(name: string, content: Uint8Array): number {
  const fd = createExecutable(name)
  try {
    for (let at = 0; at < content.length; ) at += writeSync(fd, content, at)
    check(libc.fcntl(fd, F_ADD_SEALS, ALL_SEALS), 'fcntl')
    return fd
  } catch (failure) {
    closeSync(fd)
    throw failure
  }
}

/** Linux before 6.3 does not know MFD_EXEC; later ones may forbid programs without it (vm.memfd_noexec). */
function createExecutable(name: string): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING
  try {
    return check(libc.memfd_create(cString(name), flags | MFD_EXEC), 'memfd_create')
  } catch (failure) {
    if (!hasCode(failure, 'EINVAL')) throw failure
    return check(libc.memfd_create(cString(name), flags), 'memfd_create')
  }
}
