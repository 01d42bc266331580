import { pushImage } from '../../client/images.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import { familiar, familiarName, parseReference, withDefaultTag } from '../../formats/reference/reference.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { showProgress } from '../format/progress.ts'
import { authHeader } from '../registry/credentials.ts'
import { platformJson } from './platforms.ts'

export const command = defineCommand({
  usage: '[OPTIONS] NAME[:TAG]',
  flags: {
    'all-tags': bool('Push all tags of an image to the repository', { short: 'a' }),
    'disable-content-trust': bool('Skip image signing', { default: true, hidden: true }),
    platform: text(
      "Push a platform-specific manifest as a single-platform image to the registry.\nImage index won't be pushed, meaning that other manifests, including attestations won't be preserved.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)",
      { complete: 'platforms' },
    ),
    quiet: bool('Suppress verbose output', { short: 'q' }),
  },
  operands: exactly(1),
  complete: 'images',
  async run({ flags, operands: [name = ''], session }) {
    const given = parseReference(name)
    if (flags['all-tags'] && (given.tag || given.digest)) {
      throw new CommandFailure("tag can't be used with --all-tags/-a")
    }
    const reference = flags['all-tags'] ? given : withDefaultTag(given)
    if (!flags['all-tags'] && !given.tag && !given.digest && !flags.quiet) {
      session.print(`Using default tag: ${reference.tag}`)
      await session.flush()
    }
    const client = await session.client()
    if (flags.platform) await client.require('1.46', 'platform')
    const query = { tag: reference.tag, platform: flags.platform ? platformJson(flags.platform) : undefined }
    const auth = await authHeader(session, reference.domain)
    const response = await pushImage(client, nameOf(reference), query, auth)
    await showProgress(session, response.body, flags.quiet ? undefined : session.stdout)
    if (flags.quiet) session.print(familiar(reference))
    return 0
  },
})

const nameOf = (reference: ReturnType<typeof parseReference>): string => {
  const name = familiarName(reference)
  return reference.digest ? `${name}@${reference.digest}` : name
}
