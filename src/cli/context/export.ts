import { existsSync } from 'node:fs'
import { between, defineCommand } from '../command.ts'
import { DEFAULT_CONTEXT } from '../config/context-store.ts'
import { CommandFailure } from '../failures.ts'
import { deliver, WholeFile } from '../whole-file.ts'
import { type Exported, packContext } from './archive.ts'
import { defaultMeta } from './current.ts'
import { openStore } from './open-store.ts'

export const command = defineCommand({
  usage: '[OPTIONS] CONTEXT [FILE|-]',
  flags: {},
  operands: between(1, 2),
  complete: 'contexts',
  async run({ operands: [name = '', given], session }) {
    const store = openStore(session)
    const exported: Exported =
      name === DEFAULT_CONTEXT
        ? { meta: defaultMeta(session), tls: {} }
        : { meta: store.read(name), tls: store.tls(name) }
    const path = given ?? `${name}.dockercontext`
    if (path === '-' && session.stdout.isTerminal)
      throw new CommandFailure('cowardly refusing to export to a terminal, specify a file path')
    // It may hold keys: never over a file that is there, and for nobody else to read.
    if (path !== '-' && existsSync(path)) throw new CommandFailure(`open ${path}: file exists`)
    using file = path === '-' ? undefined : new WholeFile(path, 'failed to export context')
    await deliver(session, asyncOf(packContext(exported)), file)
    if (file) session.tell(`Written file "${path}"`)
    return 0
  },
})

async function* asyncOf(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts
}
