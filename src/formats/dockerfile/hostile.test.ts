import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { DockerfileFault } from './faults.ts'
import { parseDockerfile } from './parse.ts'

/** Read, or refused as a mistake of the file's author; nothing else. */
function read(text: string): void {
  try {
    parseDockerfile(text)
  } catch (failure) {
    expect(failure).toBeInstanceOf(DockerfileFault)
  }
}

test.each([
  ['a line of 8 MiB', `FROM a\nRUN ${'x'.repeat(8 << 20)}`],
  ['a million words', `FROM a\nENV ${'a=b '.repeat(1 << 20)}`],
  ['a million flags', `FROM a\nRUN ${'--mount=target=/x '.repeat(1 << 17)}x`],
  ['continued for ever', `FROM a\nRUN ${'\\\n'.repeat(1 << 20)}`],
  ['spaces', `FROM a\nRUN${' '.repeat(1 << 22)}\\\n${' \n'.repeat(1 << 19)}`],
  ['comments', `${'# x\n'.repeat(1 << 19)}FROM a`],
  ['heredocs in one line', `FROM a\nRUN ${'<<a '.repeat(10_000)}\n${'a\n'.repeat(10_000)}`],
  ['a heredoc that does not end', `FROM a\nRUN <<E\n${'x\n'.repeat(1 << 20)}`],
  ['many heredocs', `FROM a\n${'RUN <<E\nx\nE\n'.repeat(1 << 16)}`],
  ['nested brackets', `FROM a\nCMD ${'['.repeat(1 << 20)}`],
  ['quotes', `FROM a\nENV a=${'"'.repeat((1 << 20) + 1)}`],
  ['many stages', 'FROM a AS b\n'.repeat(1 << 17)],
  ['nul bytes', `FROM a\nRUN \0\0${'\0'.repeat(1 << 20)}`],
  ['nul bytes alone', '\0'.repeat(1 << 20)],
  ['directives', '# check=x=\n'.repeat(1 << 18)],
  ['escapes', `FROM a\nRUN ${'\\'.repeat(1 << 20)}`],
  ['broken UTF-16', 'FROM \ud800\nENV \udfff=\ud800'],
])('a hostile file ends quickly, read or refused: %s', (_, text) => read(text))

const pieces = fc.constantFrom(
  ...'FROM RUN COPY ADD ENV ARG LABEL CMD SHELL HEALTHCHECK ONBUILD EXPOSE VOLUME USER WORKDIR NONE AS scratch a=b'.split(
    ' ',
  ),
  ...[
    '--mount=type=cache',
    '--from=a',
    '--link',
    '--',
    '<<E',
    '<<-"E"',
    'E',
    '\n',
    '\\\n',
    '\r\n',
    ' ',
    '\t',
    '#',
    '# escape=`\n',
  ],
  ...['"', "'", '[', ']', '["a"]', '$', '${', '}', '${a:-', '\\', '`', '=', '\0', '\ufeff', '\u0085', 'é', '\ud800'],
)

test('whatever the file, it is read, or a mistake is told at a place that is in the file', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), parts => {
      const text = `FROM x\n${parts.join('')}`
      try {
        parseDockerfile(text)
      } catch (failure) {
        if (!(failure instanceof DockerfileFault)) throw failure
        const { start, end } = failure.span
        expect(start.line).toBeGreaterThanOrEqual(1)
        expect(start.line).toBeLessThanOrEqual(text.split('\n').length)
        expect(start.column).toBeGreaterThanOrEqual(1)
        expect(end.line).toBeGreaterThanOrEqual(start.line)
      }
    }),
    { numRuns: 2_000 },
  )
})
