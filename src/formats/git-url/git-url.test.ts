import { expect, test } from 'bun:test'
import { isGitUrl, parseGitUrl } from './git-url.ts'

test.each([
  ['https://h/r.git', { remote: 'https://h/r.git', shown: 'https://h/r.git' }],
  [
    'https://u:p@h/r.git#v1:a/b',
    { remote: 'https://u:p@h/r.git', shown: 'https://h/r.git', ref: 'v1', directory: 'a/b' },
  ],
  ['git@h:o/r.git#main', { remote: 'git@h:o/r.git', shown: 'git@h:o/r.git', ref: 'main' }],
  ['github.com/o/r#:d', { remote: 'https://github.com/o/r', shown: 'https://github.com/o/r', directory: 'd' }],
  ['ssh://git@h:22/r', { remote: 'ssh://git@h:22/r', shown: 'ssh://h:22/r' }],
  [
    'https://h/r.git?branch=x&subdir=/s/./t&commit=0123456&keep-git-dir=1&submodules=0',
    {
      remote: 'https://h/r.git',
      shown: 'https://h/r.git',
      ref: 'refs/heads/x',
      directory: 's/t',
      commit: '0123456',
      keepGitDirectory: true,
      submodules: false,
    },
  ],
])('%s', (text, expected) => {
  expect(parseGitUrl(text)).toEqual(expected)
})

test.each([
  '--upload-pack=touch /tmp/x',
  '-x@h:r.git',
  'ext::sh -c touch% /tmp/x',
  'file:///etc/r.git',
  '/etc/r.git',
  'https://-h/r.git',
  'https://h/r.git#--upload-pack=x',
  'https://h/r.git#-x',
  'https://h/r.git#a..b',
  'https://h/r.git#a b',
  'https://h/r.git#main:../../etc',
  'https://h/r.git#main:-x',
  'https://h/r.git?commit=--help',
  'https://h/r.git?colour=red',
  'https://h/r.git\n-x',
  'git@h:-oProxyCommand=x',
])('%s is refused', text => {
  expect(() => parseGitUrl(text)).toThrow()
})

test.each([
  ['https://h/r.git', true],
  ['https://h/r.git#x', true],
  ['https://h/file.tar', false],
  ['https://h/x.git/file', false],
  ['git://h/r', true],
  ['user@host:path', true],
  ['github.com/o/r', true],
  ['./dir', false],
])('%s names a repository: %p', (text, expected) => {
  expect(isGitUrl(text)).toBe(expected)
})
