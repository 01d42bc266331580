import type { Session } from '../session.ts'

/** A variable that names a daemon counts more than a context that was chosen. */
export function warnAboutHost(session: Session, name = ''): void {
  const { environment, globals } = session
  const variable = ['BERTH_HOST', 'DOCKER_HOST'].find(one => environment[one])
  if (variable === undefined || globals.context || globals.host.length > 0) return
  const use = name ? JSON.stringify(name) : 'a context'
  session.tell(
    `Warning: ${variable} environment variable overrides the active context. To use ${use}, either set the global --context flag, or unset ${variable} environment variable.`,
  )
}
