import type { VertexLog } from '../contract.ts'

/** One step of a build that is over. Times in nanoseconds since 1970, as texts. */
export type RecordedStep = {
  digest: string
  name: string
  inputs: string[]
  started?: string
  completed?: string
  cached: boolean
  error?: string
}

/** What is kept of a build. No build arguments and no names of secrets: what a client gave stays with the client. Times in ms. */
export type BuildRecord = {
  ref: string
  /** What the client calls the build: its directory. */
  name: string
  dockerfile: string
  target: string
  platforms: string[]
  started: number
  /** undefined: it runs. */
  completed?: number
  status: 'running' | 'completed' | 'error' | 'canceled'
  error: string
  steps: RecordedStep[]
  /** What the exporters answered. */
  response: Record<string, string>
  pinned: boolean
}

export const cachedSteps = ({ steps }: Pick<BuildRecord, 'steps'>): number =>
  steps.filter(({ cached }) => cached).length

export type RecordedLog = Pick<VertexLog, 'vertex' | 'stream' | 'bytes' | 'timestamp'>
