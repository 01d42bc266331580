import { tagImage } from '../../client/images.ts'
import { familiarName, parseImageName, parseReference } from '../../formats/reference/reference.ts'
import { defineCommand, exactly } from '../command.ts'
import { CommandFailure, messageOf } from '../failures.ts'

export const command = defineCommand({
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  flags: {},
  operands: exactly(2),
  interspersed: false,
  complete: 'images',
  async run({ operands: [source = '', target = ''], session }) {
    checked(source, () => parseImageName(source))
    const reference = checked(target, () => parseReference(target))
    if (reference.digest) throw new CommandFailure('refusing to create a tag with a digest reference')
    await tagImage(await session.client(), source, familiarName(reference), reference.tag ?? 'latest')
    return 0
  },
})

function checked<T>(text: string, read: () => T): T {
  try {
    return read()
  } catch (failure) {
    const shown = JSON.stringify(text)
    throw new CommandFailure(
      `Error parsing reference: ${shown} is not a valid repository/tag: ${messageOf(failure)}`,
      1,
      failure,
    )
  }
}
