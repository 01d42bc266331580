/** A Dockerfile with its context. Paths that end in a slash are directories; `->` makes a link. */
export type CorpusCase = {
  dockerfile: string
  files?: Record<string, string>
  flags?: string[]
  /** Newer than the Docker that is compared with. */
  isNew?: boolean
}

/** A context of files, directories and links. */
export const TREE = {
  'a/one': '1',
  'a/two.txt': '2',
  'a/b/three.txt': '3',
  'a/b/c/four': '4',
  'a/link': '-> one',
  'a/up': '-> ../top.txt',
  'top.txt': 'top',
  'other.txt': 'other',
  'empty/': '',
  dirlink: '-> a/b',
}
