import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { referencePages } from './reference-pages.ts'

const directory = `${import.meta.dir}/../../docs/reference/cli`

test('docs/reference/cli is what the command table says; `bun scripts/cli-reference.ts` makes it so', async () => {
  const pages = await referencePages()
  expect(readdirSync(directory).toSorted()).toEqual([...pages.keys()].toSorted())
  for (const [name, text] of pages) expect([name, readFileSync(`${directory}/${name}`, 'utf8')]).toEqual([name, text])
})
