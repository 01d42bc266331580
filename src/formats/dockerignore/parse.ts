/** Lines of a .dockerignore as patterns. Source: moby/patternmatcher, ignorefile. */
export function parseDockerignore(text: string): string[] {
  return text
    .replace(/^\u{feff}/u, '')
    .split('\n')
    .flatMap(line => {
      if (line.startsWith('#')) return []
      const trimmed = line.trim()
      if (trimmed === '') return []
      const isException = trimmed.startsWith('!')
      const pattern = cleanPattern(isException ? trimmed.slice(1).trim() : trimmed)
      return [isException ? `!${pattern}` : pattern]
    })
}

/** As Go's filepath.Clean has it, without a slash at either end: all patterns begin at the root of the context. */
export function cleanPattern(pattern: string): string {
  const parts: string[] = []
  for (const part of pattern.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '..' || !pattern.startsWith('/')) parts.push(part)
  }
  return parts.length === 0 ? '.' : parts.join('/')
}
