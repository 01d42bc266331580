import { expect, test } from 'bun:test'
import { run } from './run.ts'
import { isCompiled, selfProgram } from './self.ts'

test('a program gets its arguments as they are, never by a shell', async () => {
  const { code, stdout } = await run(['/bin/echo', '$HOME', '; id', '`id`', '*'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '$HOME ; id `id` *\n' })
})

test('a program gets no environment but the one it is given', async () => {
  const { stdout } = await run(['/usr/bin/env'], { env: { ONLY: 'this' } })
  expect(stdout).toBe('ONLY=this\n')
})

test('exit codes and both outputs are told', async () => {
  expect(await run(['/bin/sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
    code: 7,
    stdout: 'out\n',
    stderr: 'err\n',
  })
  expect((await run(['/bin/sh', '-c', 'kill -TERM $$'])).code).toBe(143)
})

test('input reaches the program and ends', async () => {
  expect((await run(['/bin/cat'], { input: 'hello' })).stdout).toBe('hello')
})

test('output beyond the limit is dropped, and the program ends all the same', async () => {
  const { code, stdout } = await run(['/bin/sh', '-c', 'head -c 5000000 /dev/zero'], { outputBytes: 1000 })
  expect({ code, size: stdout.length }).toEqual({ code: 0, size: 1000 })
})

test('a program that takes too long is killed and reported', async () => {
  await expect(run(['/bin/sleep', '100'], { timeoutMs: 50 })).rejects.toMatchObject({ code: 'PROCESS_TIMED_OUT' })
})

test('a cancelled program is killed; one cancelled before its start is never started', async () => {
  const cancel = new AbortController()
  const running = run(['/bin/sleep', '100'], { signal: cancel.signal })
  cancel.abort()
  await expect(running).rejects.toMatchObject({ code: 'PROCESS_CANCELLED' })
  await expect(run(['/nowhere'], { signal: cancel.signal })).rejects.toMatchObject({ code: 'PROCESS_CANCELLED' })
})

test('a program that is not there is named', async () => {
  await expect(run(['/nowhere/x'])).rejects.toMatchObject({
    code: 'PROCESS_NOT_STARTED',
    message: 'cannot start /nowhere/x',
  })
})

test('in development this program is Bun with the source of main', () => {
  expect(isCompiled()).toBe(false)
  expect(selfProgram()[1]).toEndWith('/src/main.ts')
})
