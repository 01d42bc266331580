let done = false

/**
 * Bun makes the servers of node:http and node:https by `Bun.serve`, and those serve doors of a development server (`/bun:info`)
 * past every route and check, unless NODE_ENV said "production" when the process began. It cannot be said to node:http, so it
 * is said below it.
 */
export function serveWithoutDevelopmentDoors(): void {
  if (done) return
  done = true
  const { serve } = Bun
  const quiet = (options: object) => serve({ ...options, development: false } as Parameters<typeof serve>[0])
  Object.assign(Bun, { serve: quiet })
}
