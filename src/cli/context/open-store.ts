import { configDirectory } from '../config/config-file.ts'
import { ContextStore } from '../config/context-store.ts'
import type { Session } from '../session.ts'

export const openStore = (session: Session): ContextStore => new ContextStore(configDirectory(session))
