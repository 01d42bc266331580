import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './sources.ts'

const text = readFileSync(join(ROOT, 'docs/reference/weaknesses.md'), 'utf8')
const rows = text
  .split('\n')
  .filter(line => line.startsWith('| ') && !/^\| (---|identifier)/.test(line))
  .map(line => line.split(' | ').map(cell => cell.replace(/^\| | \|$/g, '')))

test('each weakness names a test that is there, or says why it does not touch what is built', () => {
  expect(rows.length).toBeGreaterThan(70)
  const wrong = rows.flatMap(([identifier = '', , where = '']) => {
    const named = [...where.matchAll(/`([\w./-]+\.test\.ts): ([^`]+)`/g)]
    if (named.length === 0) return where.includes('does not touch what is built: ') ? [] : [`${identifier}: no test`]
    return named.flatMap(([, file = '', name = '']) => complaint(file, name) ?? [])
  })
  expect(wrong).toEqual([])
})

function complaint(file: string, name: string): string | undefined {
  if (!existsSync(join(ROOT, file))) return `${file} is not there`
  return readFileSync(join(ROOT, file), 'utf8').includes(name) ? undefined : `${file} has no test called ${name}`
}

const list = join(ROOT, '../shared/reference/weaknesses.md')
test.skipIf(!existsSync(list))('every identifier of the sections that are built is in a table', () => {
  const known = text + readFileSync(join(ROOT, 'docs/reference/failures-and-hardening.md'), 'utf8')
  const sections = readFileSync(list, 'utf8')
    .split(/^## /m)
    .filter(section => !/^(#|Registry server|Web UI|Cluster|Compose)/.test(section))
  const identifiers = sections.flatMap(section => section.match(/\b(CVE-\d{4}-\d+|GHSA(-\w{4}){3})\b/g) ?? [])
  expect([...new Set(identifiers)].filter(identifier => !known.includes(identifier))).toEqual([])
})
