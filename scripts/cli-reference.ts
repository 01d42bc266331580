/** Writes docs/reference/cli from the command table. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { referencePages } from '../src/cli/reference-pages.ts'

const directory = `${import.meta.dir}/../docs/reference/cli`
rmSync(directory, { recursive: true, force: true })
mkdirSync(directory, { recursive: true })
for (const [name, text] of await referencePages()) writeFileSync(`${directory}/${name}`, text)
