import { constants } from 'node:fs'
import type { ByteText } from '../syscalls/bytes.ts'
import { hasCode } from '../syscalls/call.ts'
import { close, O_PATH, openInRoot, readLink } from '../syscalls/tree.ts'

const NOFOLLOW = O_PATH | constants.O_NOFOLLOW
const MOST_LINKS = 255

/**
 * Where a path leads in the end, as a path in the root; as far as it goes if it is broken. That may have changed when it is
 * used: whoever opens it has to have it resolved again below the root.
 */
export function linkTarget(root: number, path: ByteText): ByteText {
  const rest = partsOf(path).reverse()
  const done: ByteText[] = []
  let links = 0
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    const target = links < MOST_LINKS ? linkAt(root, [...done, part].join('/')) : undefined
    if (part === '..') done.pop()
    else if (target === undefined) done.push(part)
    else {
      links++
      if (target.startsWith('/')) done.length = 0
      rest.push(...partsOf(target).reverse())
    }
  }
  return `/${done.join('/')}`
}

const partsOf = (path: ByteText) => path.split('/').filter(part => part !== '' && part !== '.')

/** What the link at a path says; undefined if it is no link, or not there. */
function linkAt(root: number, path: ByteText): ByteText | undefined {
  try {
    const fd = openInRoot(root, path, NOFOLLOW)
    try {
      return readLink(fd, '')
    } finally {
      close(fd)
    }
  } catch (failure) {
    if (hasCode(failure, 'EINVAL', 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return undefined
    throw failure
  }
}
