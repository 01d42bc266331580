import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { testDaemon } from '../kit/daemon.ts'
import { run } from '../kit/run.ts'

test('docker-py builds, runs, connects, commits, and clears up', async () => {
  await using daemon = await testDaemon()
  const env = { DOCKER_HOST: daemon.host, PYTHONDONTWRITEBYTECODE: '1' }
  const { code, stdout, stderr } = await run(['python3', join(import.meta.dir, 'docker_py.py')], { env })
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: 'done\n' })
})
