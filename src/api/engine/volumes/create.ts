import { Type } from 'typebox'
import { volumeFaults } from '../../../engine/volumes/faults.ts'
import type { Volumes } from '../../../engine/volumes/volumes.ts'
import { json, type Operation } from '../../http/operation.ts'

const Texts = Type.Record(Type.String(), Type.String())
const Body = Type.Object({
  Name: Type.Optional(Type.String()),
  Driver: Type.Optional(Type.String()),
  DriverOpts: Type.Optional(Texts),
  Labels: Type.Optional(Texts),
  ClusterVolumeSpec: Type.Optional(Type.Object({})),
})

export const volumeCreate = (volumes: Pick<Volumes, 'create'>): Operation => ({
  id: 'VolumeCreate',
  method: 'POST',
  path: '/volumes/create',
  handle: async request => {
    const body = await request.json(Body, { optional: true })
    if (body.ClusterVolumeSpec) throw volumeFaults.CLUSTER()
    const { Name: name, Driver: driver, DriverOpts: driverOptions, Labels: labels } = body
    return json(201, await volumes.create({ name, driver, driverOptions, labels }))
  },
})
