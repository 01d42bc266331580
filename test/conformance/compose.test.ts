import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientOf } from '../kit/clients.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { freePort } from '../kit/registry.ts'
import { run } from '../kit/run.ts'
import { until } from '../kit/until.ts'

/** Debian's docker-compose is the first one, in Python; the second one is a plugin that not every machine has. */
const hasPlugin = (await run(['docker', 'compose', 'version'])).code === 0
const COMPOSES = { 'docker-compose': ['docker-compose'], ...(hasPlugin && { 'docker compose': ['docker', 'compose'] }) }

let daemon: TestDaemon
let directory: string
beforeAll(async () => {
  daemon = await testDaemon()
  directory = mkdtempSync(join(tmpdir(), 'berth-compose-'))
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

/** A web server that is built, and behind it one that only it can reach, by an alias; one port, one volume, one health check. */
const composeFile = (port: number): string => `
version: "3.9"
services:
  web:
    build:
      context: ./web
      args: {WORD: composed}
    ports: ["127.0.0.1:${port}:80"]
    depends_on: [back]
    networks: [front, back]
  back:
    image: busybox
    command: sh -c 'echo back > /data/index.html; exec httpd -f -h /data'
    healthcheck: {test: ["CMD", "wget", "-qO-", "http://127.0.0.1/"], interval: 1s}
    networks:
      back: {aliases: [database]}
    volumes: [data:/data]
volumes: {data: {}}
networks:
  front: {}
  back: {internal: true}
`
const DOCKERFILE = `FROM busybox
ARG WORD
RUN mkdir /w && echo "web \${WORD}" > /w/index.html
CMD ["httpd", "-f", "-v", "-h", "/w"]
`

async function project(name: string): Promise<{ path: string; port: number }> {
  const path = join(directory, name)
  mkdirSync(join(path, 'web'), { recursive: true })
  const port = await freePort()
  writeFileSync(join(path, 'docker-compose.yml'), composeFile(port))
  writeFileSync(join(path, 'web/Dockerfile'), DOCKERFILE)
  return { path, port }
}

const page = async (port: number): Promise<string> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    answer => answer.text(),
    () => '',
  )

describe.each(Object.entries(COMPOSES))('%s', (name, program) => {
  test('brings a project up, whose services know each other, and takes all of it down', async () => {
    const { path, port } = await project(name.replace(/\W/, ''))
    const { out } = clientOf(daemon, 'berth')
    const compose = async (...args: string[]): Promise<string> => {
      const env = { DOCKER_HOST: daemon.host, PATH: process.env['PATH'] ?? '', HOME: directory }
      const { code, stdout, stderr } = await run([...program, ...args], { cwd: path, env })
      if (code !== 0) throw new Error(`${name} ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`)
      return stdout.trim()
    }
    await compose('up', '-d', '--build')
    await until('the page comes', async () => (await page(port)) === 'web composed\n')
    expect(await compose('exec', '-T', 'web', 'wget', '-qO-', 'http://database/')).toBe('back')
    const back = await compose('ps', '-q', 'back')
    await until(
      'back is healthy',
      async () => (await out('inspect', '-f', '{{.State.Health.Status}}', back)) === 'healthy',
    )
    expect(await compose('logs', 'web')).toContain('response:200')
    await compose('restart', '-t', '0', 'web')
    await until('the page comes again', async () => (await page(port)) === 'web composed\n')
    await compose('down', '-v', '-t', '0')
    expect(await out('ps', '-aq')).toBe('')
    expect(await out('network', 'ls', '-q', '--filter', 'type=custom')).toBe('')
    expect(await out('volume', 'ls', '-q')).toBe('')
  })
})
