import { dlopen } from 'bun:ffi'
import { closeSync } from 'node:fs'
import { check } from './call.ts'

const libc = dlopen('libc.so.6', {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  listen: { args: ['i32', 'i32'], returns: 'i32' },
}).symbols

const AF_INET = 2
const AF_INET6 = 10
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26
const BACKLOG = 4096

/** `address`: 4 bytes for IPv4, 16 for IPv6. */
export type InetAddress = { address: Uint8Array; port: number }

/**
 * A socket bound to the address, listening if it is tcp; the descriptor (close-on-exec, blocking) is the caller's. An IPv6
 * one takes IPv6 alone. SystemCallError EADDRINUSE and EADDRNOTAVAIL say what they say.
 */
export function bindInet(protocol: 'tcp' | 'udp', { address, port }: InetAddress): number {
  const isV6 = address.length === 16
  const type = (protocol === 'tcp' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC
  const fd = check(libc.socket(isV6 ? AF_INET6 : AF_INET, type, 0), 'socket', protocol)
  try {
    const on = new Int32Array([1])
    if (isV6) check(libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, on, 4), 'setsockopt', 'IPV6_V6ONLY')
    // a port whose last connections are in TIME_WAIT is free; for udp the option would let two have the same port
    if (protocol === 'tcp') check(libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on, 4), 'setsockopt', 'SO_REUSEADDR')
    const where = socketAddress(address, port)
    check(libc.bind(fd, where, where.length), 'bind')
    if (protocol === 'tcp') check(libc.listen(fd, BACKLOG), 'listen')
    return fd
  } catch (failure) {
    closeSync(fd)
    throw failure
  }
}

/** struct sockaddr_in and sockaddr_in6. */
function socketAddress(address: Uint8Array, port: number): Uint8Array {
  const isV6 = address.length === 16
  const bytes = new Uint8Array(isV6 ? 28 : 16)
  bytes[0] = isV6 ? AF_INET6 : AF_INET
  bytes[2] = port >> 8
  bytes[3] = port & 255
  bytes.set(address, isV6 ? 8 : 4)
  return bytes
}
