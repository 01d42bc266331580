import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { Glob } from 'bun'

export const ROOT = join(import.meta.dir, '../..')
export type Source = { path: string; text: string; imports: string[] }

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?:type\s+)?(?:[\w*{}\s,$]+\s+from\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+)['"]/g

/** Every TypeScript file of the project with its imports; relative ones as paths from the root. */
export function readSources(): Source[] {
  const paths = [...new Glob('{src,test,bench,scripts}/**/*.ts').scanSync(ROOT), 'floors.ts']
  return paths.filter(path => !path.includes('node_modules')).map(path => readSource(path))
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return { path, text, imports: importsOf(path, text) }
}

/** Exported for the test of the test: what counts as an import. */
export function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].map(match => {
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    return name.startsWith('.') ? normalize(join(dirname(path), name)) : name
  })
}
