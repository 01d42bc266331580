import { expect, test } from 'bun:test'
import {
  CAPABILITIES,
  capabilitiesUpTo,
  DEFAULT_CAPABILITIES,
  effectiveCapabilities,
  HARDENED_CAPABILITIES,
  parseCapability,
} from './capabilities.ts'

test('names in any spelling', () => {
  expect(parseCapability('net_admin')).toBe('CAP_NET_ADMIN')
  expect(parseCapability('cap_chown')).toBe('CAP_CHOWN')
  expect(parseCapability('all')).toBe('ALL')
  expect(parseCapability('constructor')).toEqual({ unknown: 'CAP_CONSTRUCTOR' })
})

test('Docker’s rules of adding and dropping', () => {
  const of = (add: Parameters<typeof effectiveCapabilities>[1], drop: Parameters<typeof effectiveCapabilities>[2]) =>
    effectiveCapabilities(DEFAULT_CAPABILITIES, add, drop, CAPABILITIES)
  expect(of([], [])).toEqual([...DEFAULT_CAPABILITIES])
  expect(of(['CAP_SYS_ADMIN'], ['CAP_MKNOD'])).toContain('CAP_SYS_ADMIN')
  expect(of(['CAP_SYS_ADMIN'], ['CAP_MKNOD'])).not.toContain('CAP_MKNOD')
  expect(of(['CAP_KILL'], ['ALL'])).toEqual(['CAP_KILL'])
  expect(of(['ALL'], ['CAP_MKNOD'])).toHaveLength(CAPABILITIES.length - 1)
})

test('nothing beyond what there is to give away', () => {
  const all = CAPABILITIES.filter(name => name !== 'CAP_MKNOD' && name !== 'CAP_SYS_RESOURCE')
  expect(effectiveCapabilities(DEFAULT_CAPABILITIES, [], [], all)).toHaveLength(13)
  expect(effectiveCapabilities(DEFAULT_CAPABILITIES, ['CAP_SYS_RESOURCE'], ['ALL'], all)).toEqual([])
  expect(effectiveCapabilities(DEFAULT_CAPABILITIES, ['ALL'], [], all)).toEqual(all)
})

test('counts', () => {
  expect(DEFAULT_CAPABILITIES).toHaveLength(14)
  expect(HARDENED_CAPABILITIES).toHaveLength(11)
  expect(capabilitiesUpTo(37)).toHaveLength(38)
})
