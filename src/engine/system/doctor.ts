import { describe } from '../../base/faults.ts'
import type { Finding } from '../../base/finding.ts'
import { KeyedLock } from '../../base/locks.ts'
import { logger } from '../../base/log.ts'

const log = logger('doctor')
/** Between two looks: starts, ends and removals under way are over by then, or have gone on. */
const BETWEEN_LOOKS_MS = 500

/** What one noun finds of its own. */
export type Examination = () => Promise<Finding[]> | Finding[]

/** `outcome`: `''` where nothing was tried, `mended`, or why it could not be. */
export type ToldFinding = Omit<Finding, 'mend'> & { isMendable: boolean; outcome: string }

/**
 * The reconciliation of the daemon's start, at any time: what the database says against what kernel and disk hold. Each noun
 * knows its own part. Nothing is told, or touched, that was not there at both of two looks.
 */
export class Doctor {
  readonly #examinations: Examination[]
  readonly #turns = new KeyedLock()

  constructor(examinations: Examination[]) {
    this.#examinations = examinations
  }

  /** With `fix` everything that can be mended is, one after the other; a failure keeps nothing else from it. */
  examine(fix: boolean): Promise<ToldFinding[]> {
    return this.#turns.run('', async () => {
      const found = await this.#lookTwice()
      const told: ToldFinding[] = []
      for (const finding of found) told.push(await tell(finding, fix))
      return told
    })
  }

  async #lookTwice(): Promise<Finding[]> {
    const first = new Set((await this.#look()).map(nameOf))
    if (first.size === 0) return []
    await Bun.sleep(BETWEEN_LOOKS_MS)
    return (await this.#look()).filter(finding => first.has(nameOf(finding)))
  }

  async #look(): Promise<Finding[]> {
    const found: Finding[] = []
    for (const examination of this.#examinations) found.push(...(await examination()))
    return found
  }
}

const nameOf = ({ kind, subject, trouble }: Finding): string => JSON.stringify([kind, subject, trouble])

async function tell({ mend, ...finding }: Finding, fix: boolean): Promise<ToldFinding> {
  const told = { ...finding, isMendable: mend !== undefined, outcome: '' }
  if (!fix || !mend) return told
  try {
    await mend()
    log.info('mended', finding)
    return { ...told, outcome: 'mended' }
  } catch (failure) {
    log.error('not mended', { ...finding, error: describe(failure) })
    return { ...told, outcome: describe(failure) }
  }
}
