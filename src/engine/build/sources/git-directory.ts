import { createReadStream, lstatSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '../../../host/git/repository.ts'
import type { ContextWriter } from '../../../store/context/context-index.ts'
import type { ContextCopy } from '../../../store/context/contexts.ts'

const TIME = { seconds: 0, nanoseconds: 0 }

/** Puts the repository itself beside its files, as `.git`. It is one that we have made: nothing in it is a link. */
export async function copyGitDirectory(repository: Repository, copy: ContextCopy, signal: AbortSignal): Promise<void> {
  await repository.makeIndex(signal)
  writeFileSync(join(repository.directory, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n')
  await copy.sync(async writer => {
    for (const path of writer.previous.keys()) writer.keep(path)
    await writer.directory('.git', { mode: 0o755, size: 0, modified: TIME })
    await copyBelow(repository.directory, '', writer)
  }, signal)
}

async function copyBelow(root: string, path: string, writer: ContextWriter): Promise<void> {
  for (const name of readdirSync(join(root, path)).sort()) {
    const below = join(path, name)
    const status = lstatSync(join(root, below))
    const stat = { mode: status.isDirectory() ? 0o755 : 0o644, size: status.size, modified: TIME }
    if (status.isDirectory()) {
      await writer.directory(join('.git', below), { ...stat, size: 0 })
      await copyBelow(root, below, writer)
    } else if (status.isFile()) await copyFile(join(root, below), writer.file(join('.git', below), stat))
  }
}

async function copyFile(from: string, to: ReturnType<ContextWriter['file']>): Promise<void> {
  for await (const chunk of createReadStream(from)) await to.write(chunk as Uint8Array)
  await to.end()
}
