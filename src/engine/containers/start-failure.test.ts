import { expect, test } from 'bun:test'
import { runtimeFault } from '../../host/runtime/faults.ts'
import { describeExecFailure, describeStartFailure } from './start-failure.ts'

test.each([
  [
    'executable file `nope` not found in $PATH: No such file or directory',
    'nope',
    127,
    'exec: "nope": executable file not found in $PATH',
  ],
  [
    'executable file `/bin/nope` not found: No such file or directory',
    '/bin/nope',
    127,
    'exec: "/bin/nope": stat /bin/nope: no such file or directory',
  ],
  ['open executable: Permission denied', '/etc/passwd', 126, 'exec: "/etc/passwd": permission denied'],
  ['open executable: Operation not permitted', '/etc', 126, 'exec: "/etc": permission denied'],
  [
    'chdir `/x`: No such file or directory',
    'sh',
    126,
    'chdir to cwd ("/x") set in config.json failed: no such file or directory',
  ],
])('%s', (text, program, exitCode, why) => {
  const asked = { program, directory: '/x' }
  expect(describeStartFailure(runtimeFault(text), 'crun', asked)).toEqual({
    exitCode,
    isUsers: true,
    message: `OCI runtime create failed: crun create failed: unable to start container process: ${why}: unknown`,
  })
  expect(describeExecFailure(runtimeFault(text), asked).message).toBe(
    `OCI runtime exec failed: exec failed: unable to start container process: ${why}: unknown`,
  )
})

test('what is not the program’s failure is told as it is, with Docker’s code for the unknown', () => {
  const complaint = runtimeFault('mount `/x` to `/y`: No such file or directory')
  expect(describeStartFailure(complaint, 'crun', { program: 'sh', directory: '/' })).toEqual({
    exitCode: 128,
    isUsers: false,
    message: 'OCI runtime create failed: crun create failed: mount `/x` to `/y`: No such file or directory: unknown',
  })
})
