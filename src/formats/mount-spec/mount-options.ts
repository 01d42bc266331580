/** What `-o` of mount(8) means to mount(2). Source: mount(8), "filesystem-independent mount options". */
export type MountOptions = {
  /** MS_* of mount(2), without those of propagation. */
  flags: number
  /** MS_* of propagation, set by a call of its own. */
  propagation: number
  /** What the file system reads itself. */
  data: string
}

type Meaning = { set?: number; clear?: number; propagation?: number }
const RECURSIVE = 1 << 14

const WORDS: Readonly<Record<string, Meaning>> = {
  defaults: {},
  ro: { set: 1 },
  rw: { clear: 1 },
  nosuid: { set: 1 << 1 },
  suid: { clear: 1 << 1 },
  nodev: { set: 1 << 2 },
  dev: { clear: 1 << 2 },
  noexec: { set: 1 << 3 },
  exec: { clear: 1 << 3 },
  sync: { set: 1 << 4 },
  async: { clear: 1 << 4 },
  mand: { set: 1 << 6 },
  nomand: { clear: 1 << 6 },
  dirsync: { set: 1 << 7 },
  noatime: { set: 1 << 10 },
  atime: { clear: 1 << 10 },
  nodiratime: { set: 1 << 11 },
  diratime: { clear: 1 << 11 },
  bind: { set: 1 << 12 },
  rbind: { set: (1 << 12) | RECURSIVE },
  relatime: { set: 1 << 21 },
  norelatime: { clear: 1 << 21 },
  strictatime: { set: 1 << 24 },
  nostrictatime: { clear: 1 << 24 },
  unbindable: { propagation: 1 << 17 },
  runbindable: { propagation: (1 << 17) | RECURSIVE },
  private: { propagation: 1 << 18 },
  rprivate: { propagation: (1 << 18) | RECURSIVE },
  slave: { propagation: 1 << 19 },
  rslave: { propagation: (1 << 19) | RECURSIVE },
  shared: { propagation: 1 << 20 },
  rshared: { propagation: (1 << 20) | RECURSIVE },
}

/** Words that it does not know are the file system's. The later of two that contradict each other wins. */
export function parseMountOptions(text: string): MountOptions {
  const options: MountOptions = { flags: 0, propagation: 0, data: '' }
  const rest: string[] = []
  for (const word of text.split(',').filter(Boolean)) {
    const meaning = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined
    if (!meaning) rest.push(word)
    else {
      options.flags = (options.flags | (meaning.set ?? 0)) & ~(meaning.clear ?? 0)
      options.propagation |= meaning.propagation ?? 0
    }
  }
  return { ...options, data: rest.join(',') }
}
