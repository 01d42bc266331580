import { constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { hasCode } from '../syscalls/call.ts'

/** Writes to an existing file of the kernel; never makes one. */
export async function writeControl(path: string, value: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW)
  try {
    await file.write(value)
  } finally {
    await file.close()
  }
}

/** Its text, or undefined if the group, or this file of it, is not there. */
export async function readControl(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTDIR')) return undefined
    throw thrown
  }
}

/** A number of a file; 'max' and the largest of v1 (a page multiple near 2^63) are Infinity; undefined without the file. */
export async function readAmount(path: string): Promise<number | undefined> {
  const text = (await readControl(path))?.trim()
  if (text === undefined || text === '') return undefined
  const amount = text === 'max' ? Number.POSITIVE_INFINITY : Number(text)
  return amount >= 2 ** 62 ? Number.POSITIVE_INFINITY : amount
}

/** `name value` lines. Without the file: empty. */
export async function readTable(path: string): Promise<Record<string, number>> {
  const table: Record<string, number> = Object.create(null)
  for (const line of ((await readControl(path)) ?? '').split('\n')) {
    const [name, value] = line.split(' ')
    if (name && value !== undefined && Number.isFinite(Number(value))) table[name] = Number(value)
  }
  return table
}
