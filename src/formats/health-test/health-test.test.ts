import { expect, test } from 'bun:test'
import { type HealthTest, parseHealthTest } from './health-test.ts'

test.each<[string[], HealthTest | undefined]>([
  [[], undefined],
  [['NONE'], undefined],
  [['CMD'], undefined],
  [['CMD', 'a', 'b'], { kind: 'command', words: ['a', 'b'] }],
  [['CMD-SHELL', 'a b'], { kind: 'command', words: ['/bin/sh', '-c', 'a b'] }],
  [['TCP', 'localhost:5432'], { kind: 'tcp', address: '127.0.0.1', port: 5432 }],
  [['TCP', ':53'], { kind: 'tcp', address: '127.0.0.1', port: 53 }],
  [['TCP', '[::1]:53'], { kind: 'tcp', address: '::1', port: 53 }],
  [['HTTP', 'http://localhost'], { kind: 'http', address: '127.0.0.1', port: 80, host: 'localhost', path: '/' }],
  [
    ['HTTP', 'http://[::1]:8080/a?b=c#d'],
    { kind: 'http', address: '::1', port: 8080, host: '[::1]:8080', path: '/a?b=c' },
  ],
])('%j', (Test, expected) => {
  expect(parseHealthTest({ Test })).toEqual(expected)
})

test("a shell command runs through the image's shell", () => {
  expect(parseHealthTest({ Test: ['CMD-SHELL', 'a b'] }, ['/bin/bash', '-c'])).toEqual({
    kind: 'command',
    words: ['/bin/bash', '-c', 'a b'],
  })
})

test.each([
  [['TCP', 'localhost']],
  [['TCP', 'localhost:0']],
  [['TCP', 'localhost:99999']],
  [['TCP', 'db:5432']],
  [['TCP']],
  [['HTTP', 'https://localhost/']],
  [['HTTP', 'http://user:secret@localhost/']],
  [['HTTP', 'http://example.com/']],
  [['HTTP', 'localhost:80']],
  [['HTTP', `http://localhost/${'a'.repeat(2000)}`]],
])('%j is refused', Test => {
  expect(() => parseHealthTest({ Test })).toThrow()
})

test('a path cannot add a header', () => {
  const parsed = parseHealthTest({ Test: ['HTTP', 'http://localhost/a\r\nX: y'] })
  expect(JSON.stringify(parsed)).not.toContain('\\n')
})
