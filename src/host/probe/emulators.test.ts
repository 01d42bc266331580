import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasEmulator } from './emulators.ts'

test('an emulator counts if it is enabled and was opened beforehand', () => {
  const directory = mkdtempSync(join(tmpdir(), 'berth-binfmt-'))
  try {
    const entry = (name: string, state: string, flags: string) =>
      writeFileSync(join(directory, name), `${state}\ninterpreter /usr/bin/x\nflags: ${flags}\noffset 0\n`)
    entry('qemu-aarch64', 'enabled', 'OCF')
    entry('qemu-riscv64', 'disabled', 'OCF')
    entry('qemu-s390x', 'enabled', 'OC')
    writeFileSync(join(directory, 'status'), 'enabled\n')
    expect(['arm64', 'riscv64', 's390x', 'arm'].map(name => hasEmulator(name, directory))).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect(hasEmulator('arm64', join(directory, 'none'))).toBe(false)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
