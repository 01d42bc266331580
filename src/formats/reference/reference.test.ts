import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { canonical, familiar, parseImageName, parseReference, withDefaultTag, withTag } from './reference.ts'

const HEX = 'a'.repeat(64)
const full = (text: string) => canonical(parseReference(text))

describe('parseReference', () => {
  test.each([
    ['busybox', 'docker.io/library/busybox', 'busybox'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
    ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
    ['index.docker.io/library/busybox', 'docker.io/library/busybox', 'busybox'],
    ['user/app', 'docker.io/user/app', 'user/app'],
    ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
    ['localhost/app', 'localhost/app', 'localhost/app'],
    ['localhost:5000/a/b:x', 'localhost:5000/a/b:x', 'localhost:5000/a/b:x'],
    ['[::1]:5000/a', '[::1]:5000/a', '[::1]:5000/a'],
    ['127.0.0.1:80/a__b--c.d', '127.0.0.1:80/a__b--c.d', '127.0.0.1:80/a__b--c.d'],
    ['HOST/app', 'HOST/app', 'HOST/app'],
    [`a@sha256:${HEX}`, `docker.io/library/a@sha256:${HEX}`, `a@sha256:${HEX}`],
    [`a:t@sha256:${HEX}`, `docker.io/library/a:t@sha256:${HEX}`, `a:t@sha256:${HEX}`],
  ])('%s is %s', (text, whole, short) => {
    expect(full(text)).toBe(whole)
    expect(familiar(parseReference(text))).toBe(short)
  })

  test.each([
    ['', 'invalid reference format'],
    [':', 'invalid reference format'],
    ['a:', 'invalid reference format'],
    ['a b', 'invalid reference format'],
    ['../a', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['a/', 'invalid reference format'],
    ['-a', 'invalid reference format'],
    ['a___b', 'invalid reference format'],
    ['a:-x', 'invalid reference format'],
    [`a:${'x'.repeat(129)}`, 'invalid reference format'],
    ['a@sha256:abc', 'invalid reference format'],
    [`a@sha256:${'a'.repeat(63)}`, 'invalid checksum digest length'],
    [`a@md5:${'a'.repeat(32)}`, 'unsupported digest algorithm'],
    ['Busybox', 'invalid reference format: repository name (library/Busybox) must be lowercase'],
    ['user/App:x', 'invalid reference format: repository name (user/App) must be lowercase'],
    [HEX, `invalid repository name (${HEX}), cannot specify 64-byte hexadecimal strings`],
    ['a\nb', 'invalid reference format'],
    ['a\n', 'invalid reference format'],
  ])('%p is refused', (text, message) => {
    expect(() => parseReference(text)).toThrow(message)
  })

  test('a text of any length is answered with a fault', () => {
    expect(() => parseReference('a'.repeat(100_000))).toThrow('invalid reference format')
    expect(() => parseReference(`h.x/${'a'.repeat(256)}`)).toThrow('must not be more than 255 characters')
  })

  test('what is printed reads back as the same reference', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/)
    const property = fc.property(part, part, fc.option(part, { nil: undefined }), (a, b, tag) => {
      const reference = parseReference(`${a}/${b}${tag ? `:${tag}` : ''}`)
      expect(parseReference(familiar(reference))).toEqual(reference)
      expect(parseReference(canonical(reference))).toEqual(reference)
    })
    fc.assert(property)
  })

  test('no text makes it throw anything but a fault of kind invalid', () => {
    const property = fc.property(fc.string(), text => {
      try {
        parseReference(text)
      } catch (fault) {
        expect(fault).toMatchObject({ kind: 'invalid' })
      }
    })
    fc.assert(property)
  })
})

test('a 64-digit hex text and a digest are ids', () => {
  expect(parseImageName(HEX)).toEqual({ kind: 'id', digest: `sha256:${HEX}` })
  expect(parseImageName(`sha256:${HEX}`)).toEqual({ kind: 'id', digest: `sha256:${HEX}` })
  expect(parseImageName('abcdef')).toMatchObject({ kind: 'reference', reference: { path: 'library/abcdef' } })
})

test('the default tag is added only where there is neither tag nor digest', () => {
  expect(familiar(withDefaultTag(parseReference('a')))).toBe('a:latest')
  expect(familiar(withDefaultTag(parseReference('a:b')))).toBe('a:b')
  expect(familiar(withDefaultTag(parseReference(`a@sha256:${HEX}`)))).toBe(`a@sha256:${HEX}`)
})

test('`withTag` refuses what is no tag', () => {
  expect(() => withTag(parseReference('a'), '/x')).toThrow('invalid tag format')
})
