import type { Builder } from '../../../engine/build/builder.ts'
import type { Operation } from '../../http/operation.ts'
import { progressAnswer } from '../images/progress.ts'
import { ClassicLines } from './classic-lines.ts'
import { classicRequest } from './classic-request.ts'

const ID = 'ImageBuild'

/** The builder's first API: a tar of the context or its URL comes in, JSON lines go out. */
export const imageBuild = (builder: Pick<Builder, 'build'>): Operation => ({
  id: ID,
  method: 'POST',
  path: '/build',
  handle: async request => {
    const wanted = classicRequest(request)
    const { query } = request
    const style = { quiet: query.flag('q'), removes: query.flag('rm', true), names: wanted.names }
    return await progressAnswer(ID, request, async (report, signal) => {
      const lines = new ClassicLines(report, style)
      try {
        const { platforms } = await builder.build(wanted.request, progress => lines.take(progress), signal)
        lines.finish(platforms[0]!)
      } catch (failure) {
        lines.fail(failure)
      }
    })
  },
})
