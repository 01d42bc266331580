import { volumeFaults } from './faults.ts'

/** A name becomes a directory: Docker's grammar, and no longer than a file's name may be. Throws volumeFaults. */
export function checkVolumeName(name: string): void {
  if (name.length < 2) throw volumeFaults.NAME_SHORT(name)
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) throw volumeFaults.NAME(name)
  if (name.length > 255) throw volumeFaults.NAME_LONG(name)
}
