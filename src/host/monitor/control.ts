import type { Socket } from 'node:net'
import { runtimeFault } from '../runtime/faults.ts'
import { type Exit, type Monitor, parseExit } from './contract.ts'
import { monitorFaults } from './faults.ts'

type Told = Pick<Monitor, 'started' | 'exited' | 'gone' | 'oom' | 'onRotated'>

/** The promises of a monitor, settled by what it says and by the end of its control connection. */
export function followControl(control: Socket, name: string, storedExit: () => Promise<Exit | undefined>): Told {
  const started = Promise.withResolvers<{ pid: number }>()
  const exited = Promise.withResolvers<Exit>()
  const gone = Promise.withResolvers<void>()
  const oom = Promise.withResolvers<void>()
  // Not everyone who launches a monitor waits for each of these.
  for (const { promise } of [started, exited]) promise.catch(() => {})
  const rotationListeners: (() => void)[] = []
  const hear = (line: string): void => {
    const [word, ...rest] = line.split(' ')
    if (word === 'started') started.resolve({ pid: Number(rest[0]) })
    else if (word === 'failed') started.reject(runtimeFault(Buffer.from(rest[0] ?? '', 'base64').toString()))
    else if (word === 'oom') oom.resolve()
    else if (word === 'rotated') for (const listener of rotationListeners) listener()
    else if (word === 'exited') hearExit(rest.join(' '))
  }
  const hearExit = (text: string): void => {
    const exit = parseExit(text)
    if (!exit) return
    started.resolve({ pid: 0 })
    exited.resolve(exit)
  }
  const end = async (): Promise<void> => {
    const exit = await storedExit().catch(() => undefined)
    if (exit) exited.resolve(exit)
    const lost = monitorFaults.LOST(name)
    exited.reject(lost)
    started.reject(lost)
    gone.resolve()
  }
  const onRotated = (listener: () => void): void => void rotationListeners.push(listener)
  eachLine(control, hear)
  control.once('end', () => control.end())
  control.once('close', () => void end())
  return { started: started.promise, exited: exited.promise, gone: gone.promise, oom: oom.promise, onRotated }
}

function eachLine(socket: Socket, hear: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })
}
