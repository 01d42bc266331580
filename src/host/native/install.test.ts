import { expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { installNative } from './install.ts'

function directory() {
  const path = mkdtempSync(join(tmpdir(), 'berth-bin-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

test('programs are installed for root alone, under a name that follows from their content', async () => {
  using bin = directory()
  const programs = await installNative(join(bin.path, 'deeper/bin'))
  expect(basename(programs.monitor)).toMatch(/^berth-monitor-[0-9a-f]{16}$/)
  expect(basename(programs.portProxy)).toMatch(/^berth-port-proxy-[0-9a-f]{16}$/)
  for (const path of Object.values(programs)) expect(statSync(path).mode & 0o777).toBe(0o700)
  // Without arguments it says so by its status.
  expect(Bun.spawnSync([programs.monitor]).exitCode).toBe(125)
})

test('what is there and whole is kept, what is cut off or open to others is replaced, leftovers go', async () => {
  using bin = directory()
  const programs = await installNative(bin.path)
  const { monitor, portProxy } = programs
  const kept = statSync(monitor).ino
  writeFileSync(join(bin.path, 'berth-monitor-0123.77.new'), 'half')
  expect(await installNative(bin.path)).toEqual(programs)
  expect(statSync(monitor).ino).toBe(kept)
  truncateSync(monitor, 100)
  chmodSync(portProxy, 0o777)
  await installNative(bin.path)
  expect(statSync(monitor).size).toBeGreaterThan(100)
  expect(statSync(portProxy).mode & 0o777).toBe(0o700)
  expect(readdirSync(bin.path).length).toBe(Object.keys(programs).length)
})
