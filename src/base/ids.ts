import { randomBytes } from 'node:crypto'

/** A 64-character lower-case hex id, as containers, networks and execs have. Never all digits in its first 12, so that a short id is no number. */
export function newId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex')
    if (!/^\d{12}/.test(id)) return id
  }
}

export const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12)
