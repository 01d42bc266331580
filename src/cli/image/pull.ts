import { bool, text } from '../../formats/command-line/flag-types.ts'
import { canonical, parseReference, withDefaultTag } from '../../formats/reference/reference.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { pullImage } from './pull-image.ts'

export const command = defineCommand({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  flags: {
    'all-tags': bool('Download all tagged images in the repository', { short: 'a' }),
    'disable-content-trust': bool('Skip image verification', { default: true, hidden: true }),
    platform: text('Set platform if server is multi-platform capable', { complete: 'platforms' }),
    quiet: bool('Suppress verbose output', { short: 'q' }),
  },
  operands: exactly(1),
  async run({ flags, operands: [name = ''], session }) {
    const given = parseReference(name)
    const isNameOnly = !given.tag && !given.digest
    if (flags['all-tags'] && !isNameOnly) throw new CommandFailure("tag can't be used with --all-tags/-a")
    const reference = flags['all-tags'] ? given : withDefaultTag(given)
    if (isNameOnly && !flags['all-tags'] && !flags.quiet) session.print(`Using default tag: ${reference.tag}`)
    await session.flush()
    const platform = flags.platform || session.environment['DOCKER_DEFAULT_PLATFORM'] || ''
    await pullImage(session, name, { platform, quiet: flags.quiet, stream: 'stdout', all: flags['all-tags'] })
    session.print(canonical(reference))
    return 0
  },
})
