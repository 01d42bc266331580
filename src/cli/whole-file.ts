import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { fileFailure } from './container/create-body.ts'
import { CommandFailure, messageOf } from './failures.ts'
import type { Session } from './session.ts'

/** Writes an archive into the file, or to standard output where there is none. */
export async function deliver(
  session: Session,
  body: AsyncIterable<Uint8Array>,
  file: WholeFile | undefined,
): Promise<void> {
  for await (const bytes of body) {
    if (file) file.write(bytes)
    else {
      session.stdout.write(bytes)
      await session.stdout.flush()
    }
  }
  file?.finish()
}

/** A file that appears under its name only when it is whole: written beside it, renamed in the end. */
export class WholeFile implements Disposable {
  readonly #path: string
  readonly #temporary: string
  readonly #descriptor: number
  #isFinished = false

  constructor(path: string, complaint: string) {
    this.#path = path
    this.#temporary = `${path}.tmp-${process.pid}`
    try {
      this.#descriptor = openSync(this.#temporary, 'wx', 0o600)
    } catch (failure) {
      throw new CommandFailure(`${complaint}: ${messageOf(fileFailure('open', path, failure))}`, 1, failure)
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
