import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Glob } from 'bun'

const ROOT = join(import.meta.dir, '../..')
const TABLE = 'docs/reference/failures-and-hardening.md'
const IDENTIFIER = /\b(?:CVE-\d{4}-\d+|GHSA(?:-\w{4}){3}|(?:moby )?#\d{4,5})/g

const text = readFileSync(join(ROOT, TABLE), 'utf8')
const tests = ['src', 'test'].flatMap(folder => [...new Glob(`${folder}/**/*.test.ts`).scanSync(ROOT)])

test('every test file that the table of known failures names is there', () => {
  const names = new Set(tests.map(path => basename(path)))
  const named = [...text.matchAll(/[\w/.-]+\.test\.ts/g)].map(([path]) => path)
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter(path => !(path.includes('/') ? tests.includes(path) : names.has(path)))).toEqual([])
})

test('every identifier of a weakness that touches what is built is in a test', () => {
  const weaknesses = text.slice(0, text.indexOf('## The promises'))
  const rows = weaknesses.split('\n').filter(line => line.startsWith('| ') && !/does not touch|not built;/.test(line))
  const identifiers = new Set(rows.flatMap(row => (row.split('|')[1] ?? '').match(IDENTIFIER) ?? []))
  const all = tests.map(path => readFileSync(join(ROOT, path), 'utf8')).join('\n')
  expect(identifiers.size).toBeGreaterThan(60)
  expect([...identifiers].filter(identifier => !all.includes(identifier))).toEqual([])
})
