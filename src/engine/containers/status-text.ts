import { humanDuration } from '../../base/durations.ts'
import { type ContainerState, NEVER } from './container.ts'

/** The STATUS column of `ps`: `Up 2 minutes`, `Exited (0) 3 seconds ago`, in Docker's words. `now` in milliseconds. */
export function statusText(state: ContainerState, now: number): string {
  switch (state.status) {
    case 'running':
      return `Up ${since(state.startedAt, now)}${healthText(state)}`
    case 'paused':
      return `Up ${since(state.startedAt, now)} (Paused)`
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt, now)} ago`
    case 'removing':
      return 'Removal In Progress'
    case 'dead':
      return 'Dead'
    case 'created':
      return 'Created'
    case 'exited':
      return state.finishedAt === NEVER ? '' : `Exited (${state.exitCode}) ${since(state.finishedAt, now)} ago`
  }
}

function healthText({ health }: ContainerState): string {
  if (!health) return ''
  return health.Status === 'starting' ? ' (health: starting)' : ` (${health.Status})`
}

const since = (moment: string, now: number): string => humanDuration(now - Date.parse(moment))

/** The COMMAND column: program and arguments, those with a space in quotation marks. */
export const commandText = (path: string, args: string[]): string =>
  [path, ...args.map(argument => (argument.includes(' ') ? `'${argument}'` : argument))].join(' ')
