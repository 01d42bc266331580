import { expect, test } from 'bun:test'
import { embeddedResolution, parseResolvConf, resolvConfText } from './resolv-conf.ts'

const host = parseResolvConf('nameserver 127.0.0.53\nsearch lan\noptions edns0 trust-ad\n')
const none = { dns: [], dnsSearch: [], dnsOptions: [] }

test('in a user-defined network resolv.conf names the embedded resolver alone, and asks for names of one label as they are', () => {
  expect(resolvConfText(host, none, 'embedded')).toEndWith(
    '\nnameserver 127.0.0.11\nsearch lan\noptions edns0 trust-ad ndots:0\n',
  )
  const asked = { dns: ['9.9.9.9'], dnsSearch: ['example.org'], dnsOptions: ['ndots:2'] }
  expect(resolvConfText(host, asked, 'embedded')).toEndWith(
    '\nnameserver 127.0.0.11\nsearch example.org\noptions ndots:2\n',
  )
})

test('the embedded resolver is told of the container’s own servers, and of ndots when it is set above 0', () => {
  expect(embeddedResolution(host, none)).toEqual({ servers: [], isNdotsSet: false })
  expect(embeddedResolution(host, { ...none, dns: ['9.9.9.9'], dnsOptions: ['ndots:2'] })).toEqual({
    servers: ['9.9.9.9'],
    isNdotsSet: true,
  })
  expect(embeddedResolution(host, { ...none, dnsOptions: ['ndots:0'] }).isNdotsSet).toBe(false)
})
