import { expect, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plainRuntimeText, runtimeFault } from './faults.ts'
import { findRuntimes, parseVersion } from './runtimes.ts'

const stateRoot = '/nowhere/runtime'

test('crun is the default, and each runtime has a state directory of its own', async () => {
  const runtimes = await findRuntimes({ stateRoot })
  expect(runtimes.default.name).toBe('crun')
  expect(runtimes.get('')).toBe(runtimes.default)
  expect(runtimes.get('runc')).toMatchObject({ root: '/nowhere/runtime/runc', plainState: false, takesBpf: false })
  expect(runtimes.get('crun')).toMatchObject({ root: '/nowhere/runtime/crun', plainState: true, takesBpf: true })
})

test('where a v2 controller stands beside v1, runc serves', async () => {
  const runtimes = await findRuntimes({ stateRoot, strayControllers: ['hugetlb'] })
  expect(runtimes.default.name).toBe('runc')
})

test('an unknown runtime is refused in the words of Docker', async () => {
  const runtimes = await findRuntimes({ stateRoot })
  expect(() => runtimes.get('kata')).toThrow('unknown or invalid runtime name: kata')
})

test('a configured runtime is found by path, with its arguments; one that is not there is left out', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-runtime-'))
  await using _ = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) }
  const path = join(directory, 'special')
  await writeFile(path, '#!/bin/sh\n', { mode: 0o755 })
  const configured = { special: { path, runtimeArgs: ['--debug'] }, absent: { path: '/nowhere/absent' } }
  const runtimes = await findRuntimes({ stateRoot, configured, defaultName: 'special' })
  expect(runtimes.default).toMatchObject({ name: 'special', path, args: ['--debug'], plainState: false })
  expect(runtimes.list().map(({ name }) => name)).not.toContain('absent')
  await expect(findRuntimes({ stateRoot, defaultName: 'absent' })).rejects.toThrow(
    "default runtime 'absent' does not exist",
  )
})

test('versions are read from what the programs print', async () => {
  expect(parseVersion('crun version 1.8.1\ncommit: f8a096\nspec: 1.0.0')).toMatchObject({
    version: '1.8.1',
    commit: 'f8a096',
  })
  expect(parseVersion('runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1')).toMatchObject({ version: '1.1.5+ds1' })
  expect(parseVersion('')).toEqual({ version: '', commit: '', text: '' })
  const runtimes = await findRuntimes({ stateRoot })
  expect((await runtimes.versionOf(runtimes.default)).version).toMatch(/^\d+\.\d+/)
})

test('the text of a failure comes without time, level and program name', () => {
  expect(plainRuntimeText('2024-05-01T10:00:00.123456Z: executable file `x` not found in $PATH\n')).toBe(
    'executable file `x` not found in $PATH',
  )
  expect(
    plainRuntimeText(
      'time="2024-05-01T10:00:00Z" level=error msg="runc run failed: exec: \\"/etc\\": permission denied"',
    ),
  ).toBe('runc run failed: exec: "/etc": permission denied')
  expect(plainRuntimeText('a warning\nthe error\n')).toBe('the error')
  expect(plainRuntimeText('')).toBe('the runtime failed without a word')
})

test('failures of the command are told from failures of the container', () => {
  expect(runtimeFault('executable file `nope` not found in $PATH: No such file or directory').code).toBe(
    'RUNTIME_COMMAND_NOT_FOUND',
  )
  expect(runtimeFault('exec: "/etc": permission denied').code).toBe('RUNTIME_COMMAND_NOT_EXECUTABLE')
  expect(runtimeFault('open executable: Operation not permitted').code).toBe('RUNTIME_COMMAND_NOT_EXECUTABLE')
  expect(runtimeFault('mount `proc` to `/proc`: Permission denied').code).toBe('RUNTIME_START_FAILED')
})
