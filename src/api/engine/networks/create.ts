import { Type } from 'typebox'
import type { Networks } from '../../../engine/networks/networks.ts'
import { json, type Operation } from '../../http/operation.ts'

const text = Type.Optional(Type.Union([Type.String(), Type.Null()]))
const flag = Type.Optional(Type.Union([Type.Boolean(), Type.Null()]))
const texts = Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()]))
const IpamConfig = Type.Object({ Subnet: text, IPRange: text, Gateway: text, AuxiliaryAddresses: texts })
const Ipam = Type.Object({
  Driver: text,
  Options: texts,
  Config: Type.Optional(Type.Union([Type.Array(IpamConfig), Type.Null()])),
})
const Body = Type.Object({
  Name: Type.String(),
  // Before 1.44 names could be given twice.
  CheckDuplicate: flag,
  Driver: text,
  Scope: text,
  EnableIPv4: flag,
  EnableIPv6: flag,
  IPAM: Type.Optional(Type.Union([Ipam, Type.Null()])),
  Internal: flag,
  Attachable: flag,
  Ingress: flag,
  ConfigOnly: flag,
  ConfigFrom: Type.Optional(Type.Union([Type.Object({ Network: text }), Type.Null()])),
  Options: texts,
  Labels: texts,
})

export const networkCreate = (networks: Pick<Networks, 'create'>): Operation => ({
  id: 'NetworkCreate',
  method: 'POST',
  path: '/networks/create',
  handle: async request => {
    const { CheckDuplicate: _, ...asked } = withoutNulls(await request.json(Body))
    return json(201, { Id: await networks.create(asked as Parameters<Networks['create']>[0]), Warning: '' })
  },
})

/** Go's clients send null for what is not set. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)])) as T
}
