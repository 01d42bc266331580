import type { Session } from '../session.ts'
import { findPlugin } from './find-plugins.ts'
import { runPlugin } from './run-plugin.ts'

/** What plugins have at the top level: docker calls `buildx bake` for `bake`. */
const TOP_LEVEL: Record<string, string> = { bake: 'buildx' }

/**
 * What runs the words by a plugin, where one has them; for commands that Berth does not have itself. `args` are the command
 * line as it was given, with the flags before the command, which plugins read too.
 */
export async function commandOfPlugin(
  session: Session,
  args: string[],
  words: string[],
): Promise<(() => Promise<number>) | undefined> {
  const [word = ''] = words
  const name = TOP_LEVEL[word] ?? (await aliasOf(session, word)) ?? word
  const path = await findPlugin(session, name)
  if (path === undefined) return undefined
  const at = args.length - words.length
  const given = name === word ? args : [...args.slice(0, at), name, ...(word in TOP_LEVEL ? words : words.slice(1))]
  return () => runPlugin(session, path, given)
}

/** docker lets only `builder` be another's name. */
async function aliasOf(session: Session, word: string): Promise<string | undefined> {
  if (word !== 'builder') return undefined
  return (await session.config()).contents.aliases?.['builder']
}
