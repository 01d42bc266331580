import { importImage } from '../../client/images.ts'
import { list, text } from '../../formats/command-line/flag-types.ts'
import { parseReference } from '../../formats/reference/reference.ts'
import { atLeast, defineCommand } from '../command.ts'
import { showProgress } from '../format/progress.ts'
import { readInput } from '../terminal.ts'
import { readFileStream } from './files.ts'

export const command = defineCommand({
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  flags: {
    change: list('Apply Dockerfile instruction to the created image', { short: 'c' }),
    message: text('Set commit message for imported image', { short: 'm' }),
    platform: text('Set platform if server is multi-platform capable', { complete: 'platforms' }),
  },
  operands: atLeast(1),
  complete: 'files',
  async run({ flags, operands: [source = '', reference = ''], session }) {
    if (reference !== '') parseReference(reference)
    const isRemote = /^https?:\/\//.test(source)
    const body = isRemote ? undefined : source === '-' ? readInput() : readFileStream(source)
    const platform = flags.platform || session.environment['DOCKER_DEFAULT_PLATFORM'] || ''
    const query = {
      fromSrc: isRemote ? source : '-',
      repo: reference || undefined,
      message: flags.message || undefined,
      changes: flags.change,
      platform: platform.toLowerCase() || undefined,
    }
    const response = await importImage(await session.client(), query, body)
    await showProgress(session, response.body, session.stdout)
    return 0
  },
})
