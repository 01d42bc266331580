import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { PassThrough, Readable } from 'node:stream'
import Docker from 'dockerode'
import { archiveOf } from '../../src/store/testing/archive.ts'
import { type TestDaemon, testDaemon } from '../kit/daemon.ts'
import { until } from '../kit/until.ts'

let daemon: TestDaemon
let docker: Docker
beforeAll(async () => {
  daemon = await testDaemon()
  docker = new Docker({ socketPath: daemon.socket })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
})

describe('dockerode, a client that we did not write', () => {
  test('runs a container to its end and gets its output and its code', async () => {
    const output = new PassThrough()
    const printed = new Response(output as unknown as ReadableStream).text()
    const [result, container] = (await docker.run('busybox', ['sh', '-c', 'echo hello; exit 3'], output, {
      Tty: true,
    })) as [{ StatusCode: number }, Docker.Container]
    output.end()
    expect(result.StatusCode).toBe(3)
    expect(await printed).toBe('hello\r\n')
    await container.remove()
  })

  test('demultiplexes the streams of an attach and speaks to standard input', async () => {
    const container = await docker.createContainer({
      Image: 'busybox',
      Cmd: ['sh', '-c', 'cat; echo err >&2'],
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
    })
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true })
    const [out, err] = [new PassThrough(), new PassThrough()]
    container.modem.demuxStream(stream, out, err)
    stream.on('end', () => [out, err].map(end => end.end()))
    const printed = Promise.all([out, err].map(one => new Response(one as unknown as ReadableStream).text()))
    await container.start()
    stream.write('to and fro')
    stream.end()
    expect(await printed).toEqual(['to and fro', 'err\n'])
    await container.remove({ force: true })
  })

  test('builds an image', async () => {
    const dockerfile = 'FROM busybox\nARG A\nRUN echo $A >/a\nCMD ["cat", "/a"]\n'
    const archive = archiveOf({ name: 'Dockerfile', content: dockerfile })
    const stream = await docker.buildImage(Readable.from([archive]), { t: 'built:1', buildargs: { A: 'given' } })
    const lines = await new Promise<{ aux?: { ID?: string } }[]>((resolve, reject) =>
      docker.modem.followProgress(stream, (failure, told) => (failure ? reject(failure) : resolve(told))),
    )
    const id = lines.find(({ aux }) => aux?.ID)?.aux?.ID
    expect((await docker.getImage('built:1').inspect()).Id).toBe(id!)
    const output = new PassThrough()
    const printed = new Response(output as unknown as ReadableStream).text()
    const [, container] = (await docker.run('built:1', [], output, { Tty: true })) as [unknown, Docker.Container]
    output.end()
    expect(await printed).toBe('given\r\n')
    await container.remove()
  })

  test('execs, lists, inspects, reads logs, follows events', async () => {
    const events = await docker.getEvents({ filters: { type: ['container'] } })
    const seen: string[] = []
    events.on('data', data => {
      for (const line of String(data).split('\n').filter(Boolean)) seen.push(JSON.parse(line).Action)
    })
    const container = await docker.createContainer({
      Image: 'busybox',
      Cmd: ['sh', '-c', 'echo logged; sleep 1000'],
      Labels: { a: 'b' },
    })
    await container.start()
    const exec = await container.exec({ Cmd: ['echo', 'from exec'], AttachStdout: true })
    const stream = await exec.start({ hijack: true })
    const out = new PassThrough()
    docker.modem.demuxStream(stream, out, out)
    stream.on('end', () => out.end())
    expect(await new Response(out as unknown as ReadableStream).text()).toBe('from exec\n')
    expect((await exec.inspect()).ExitCode).toBe(0)
    expect((await docker.listContainers({ filters: { label: ['a=b'] } })).map(({ Id }) => Id)).toEqual([container.id])
    expect((await container.inspect()).State.Running).toBe(true)
    expect((await container.logs({ stdout: true })).toString()).toContain('logged\n')
    await container.stop({ t: 0 })
    await container.remove()
    await until('the last event is here', () => seen.includes('destroy'))
    ;(events as unknown as { destroy(): void }).destroy()
    expect(seen.filter(action => !action.startsWith('exec'))).toEqual([
      'create',
      'start',
      'kill',
      'kill',
      'die',
      'stop',
      'destroy',
    ])
  })

  test('is told of mistakes by status and reason', async () => {
    await expect(docker.getContainer('nobody').inspect()).rejects.toMatchObject({ statusCode: 404 })
    await expect(docker.createContainer({ Image: 'nobody/nothing' })).rejects.toMatchObject({ statusCode: 404 })
  })
})
