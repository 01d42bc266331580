import { currentContext, defaultHost } from '../config/connect.ts'
import { type ContextMeta, type ContextStore, DEFAULT_CONTEXT } from '../config/context-store.ts'
import type { Session } from '../session.ts'

/** The context without a file: what flags and environment say. */
export const defaultMeta = (session: Session): ContextMeta => ({
  Name: DEFAULT_CONTEXT,
  Metadata: {},
  Endpoints: { docker: { Host: defaultHost(session), SkipTLSVerify: false } },
})

export async function currentMeta(session: Session, store: ContextStore, named?: string): Promise<ContextMeta> {
  const name = named ?? (await currentContext(session))
  return name === DEFAULT_CONTEXT ? defaultMeta(session) : store.read(name)
}
