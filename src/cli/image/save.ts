import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { saveImages } from '../../client/images.ts'
import { strings, text } from '../../formats/command-line/flag-types.ts'
import { atLeast, defineCommand } from '../command.ts'
import { fileFailure } from '../container/create-body.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { platformsQuery } from './platforms.ts'

export const command = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    output: text('Write to a file, instead of STDOUT', { short: 'o', complete: 'files' }),
    platform: strings(
      'Save only the given platform(s). Formatted as a comma-separated list of "os[/arch[/variant]]" (e.g., "linux/amd64,linux/arm64/v8")',
      { complete: 'platforms' },
    ),
  },
  operands: atLeast(1),
  complete: 'images',
  async run({ flags, operands, session }) {
    if (flags.output === '' && session.stdout.isTerminal) {
      throw new CommandFailure('cowardly refusing to save to a terminal. Use the -o flag or redirect')
    }
    const client = await session.client()
    if (flags.platform.length > 0) await client.require('1.48', 'platform')
    using file = flags.output === '' ? undefined : new WholeFile(flags.output)
    const response = await saveImages(client, operands, platformsQuery(flags.platform))
    for await (const bytes of response.body) {
      if (file) file.write(bytes)
      else {
        session.stdout.write(bytes)
        await session.stdout.flush()
      }
    }
    file?.finish()
    return 0
  },
})

/** A file that appears under its name only when it is whole: written beside it, renamed in the end. */
class WholeFile implements Disposable {
  readonly #path: string
  readonly #temporary: string
  readonly #descriptor: number
  #isFinished = false

  constructor(path: string) {
    this.#path = path
    this.#temporary = `${path}.tmp-${process.pid}`
    try {
      this.#descriptor = openSync(this.#temporary, 'wx', 0o600)
    } catch (failure) {
      throw new CommandFailure(`failed to save image: ${messageOf(fileFailure('open', path, failure))}`, 1, failure)
    }
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#descriptor, bytes, at)
      } catch (failure) {
        throw fileFailure('write', this.#path, failure)
      }
    }
  }

  finish(): void {
    renameSync(this.#temporary, this.#path)
    this.#isFinished = true
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
    if (!this.#isFinished) rmSync(this.#temporary, { force: true })
  }
}
