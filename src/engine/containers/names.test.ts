import { expect, test } from 'bun:test'
import { checkName, randomName } from './names.ts'

test('names are those that Docker takes, with or without a slash before them', () => {
  for (const name of ['ab', 'a.b', 'a_b-c', '0x', 'A'.repeat(200)]) expect(checkName(name)).toBe(name)
  expect(checkName('/web')).toBe('web')
})

test('other names are refused in Docker’s words', () => {
  for (const name of ['a', '', '-ab', 'a b', 'a/b', '../x', 'ä', 'a\n', 'a\0b', '//ab']) {
    expect(() => checkName(name)).toThrow(
      `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    )
  }
})

test('a random name can be checked, and avoids those that are taken', () => {
  const taken = new Set<string>()
  for (let round = 0; round < 20_000; round++) {
    const name = randomName(candidate => taken.has(candidate))
    expect(taken.has(name)).toBe(false)
    taken.add(checkName(name))
  }
})
