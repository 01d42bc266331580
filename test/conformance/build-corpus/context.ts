import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { must } from '../../kit/run.ts'
import type { CorpusCase } from './corpus-case.ts'

/** Writes a case into a directory of its own, with the archives that some of them add. */
export async function writeContext(
  parent: string,
  { dockerfile, files = {} }: CorpusCase,
  image: string,
): Promise<string> {
  const directory = mkdtempSync(join(parent, 'case-'))
  for (const [name, text] of Object.entries({ Dockerfile: dockerfile.replaceAll('IMG', image), ...files })) {
    const path = join(directory, name)
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true })
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), path)
    else if (!name.endsWith('/')) writeFileSync(path, text)
  }
  if (/\.tar|\.gz/.test(dockerfile)) await archives(directory)
  return directory
}

async function archives(directory: string): Promise<void> {
  const script = `mkdir -p d/e && echo 1 >d/e/f && ln -s f d/e/l && ln d/e/f d/e/h && chmod 750 d/e && chmod 4711 d/e/f
tar --owner=11 --group=12 -cf plain.tar d; tar --owner=0 --group=0 -czf packed.tar.gz d
tar -cJf a.tar.xz d; tar -cjf a.tar.bz2 d; echo text | gzip -n > a.txt.gz; rm -r d`
  await must(['sh', '-c', script], { cwd: directory })
}
