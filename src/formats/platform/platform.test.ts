import { expect, test } from 'bun:test'
import {
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  normalizePlatform,
  parsePlatform,
  platformDistance,
} from './platform.ts'

test.each([
  ['linux/amd64', 'linux/amd64'],
  ['Linux/x86_64', 'linux/amd64'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/6', 'linux/arm/v6'],
  ['macos/arm64', 'darwin/arm64'],
  ['linux/foo', 'linux/foo'],
  ['arm64', `${process.platform}/arm64`],
  ['i386', `${process.platform}/386`],
])('%s is %s', (text, expected) => {
  expect(formatPlatform(parsePlatform(text))).toBe(expected)
})

test('a system alone means the host’s architecture', () => {
  expect(parsePlatform('linux').architecture).toBe(hostPlatform().architecture)
})

test.each([
  ['foo', '"foo": unknown operating system or architecture: invalid argument'],
  ['linux/amd64/v9/x', '"linux/amd64/v9/x": cannot parse platform specifier: invalid argument'],
  ['linux/', '"" is an invalid component of "linux/"'],
  ['a b', '"a b" is an invalid OS component of "a b"'],
  ['linux/../x', '".." is an invalid component of "linux/../x"'],
  ['', '"" is an invalid OS component of ""'],
])('%p is refused', (text, message) => {
  expect(() => parsePlatform(text)).toThrow(message)
})

test('matching ignores spelling, not variants', () => {
  expect(matchesPlatform(parsePlatform('linux/x86_64'), { os: 'linux', architecture: 'amd64' })).toBe(true)
  expect(matchesPlatform(parsePlatform('linux/arm/v6'), { os: 'linux', architecture: 'arm', variant: 'v7' })).toBe(
    false,
  )
})

test('an older variant serves a newer machine, never the other way', () => {
  const arm = (variant: string) => ({ os: 'linux', architecture: 'arm', variant })
  expect(platformDistance(arm('v7'), arm('v7'))).toBe(0)
  expect(platformDistance(arm('v7'), arm('v6'))).toBeGreaterThan(0)
  expect(platformDistance(arm('v6'), arm('v7'))).toBeUndefined()
  expect(platformDistance({ os: 'linux', architecture: 'arm64' }, arm('v7'))).toBeGreaterThan(0)
  expect(
    platformDistance({ os: 'linux', architecture: 'amd64' }, { os: 'linux', architecture: '386' }),
  ).toBeGreaterThan(0)
  expect(
    platformDistance({ os: 'linux', architecture: 'amd64' }, { os: 'windows', architecture: 'amd64' }),
  ).toBeUndefined()
})

test('hostile fields normalise without a crash', () => {
  expect(normalizePlatform({ os: '', architecture: '__proto__' })).toEqual({ os: 'linux', architecture: '__proto__' })
})
