import type { Engine } from './engine.ts'

/** One measured thing. `once` does it one time and returns what it cost, in milliseconds unless `unit` says otherwise. */
export type Measure = {
  name: string
  what: string
  rounds: number
  unit?: 'ms' | 'MB' | '%'
  once: (engine: Engine) => Promise<number>
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Runs `work` with a container that sleeps, and removes it. */
export async function withSleeper<T>(engine: Engine, work: (name: string) => Promise<T>): Promise<T> {
  const name = 'bench-sleeper'
  await engine.run('run', '-d', '--name', name, IMAGE, 'sleep', '1000')
  try {
    return await work(name)
  } finally {
    await engine.run('rm', '-f', name)
  }
}

export const IMAGE = 'bench/busybox:1'
export const BIG_IMAGE = 'bench/big:1'
