import { expect, test } from 'bun:test'
import type { Instruction } from './dockerfile.ts'
import { DockerfileFault } from './faults.ts'
import { parseDockerfile, parseTrigger } from './parse.ts'

const only = (text: string): Instruction => parseDockerfile(`FROM scratch\n${text}`).stages[0]!.instructions[0]!

const file = { link: false, exclude: [] }
const shell = (text: string) => ({ form: 'shell', arguments: [text], files: [] })
const exec = (...words: string[]) => ({ form: 'exec', arguments: words, files: [] })
const health = { interval: 0, timeout: 0, startPeriod: 0, startInterval: 0, retries: 0 }
const run = { mounts: [], network: 'default', security: 'sandbox', devices: [] }

test.each([
  ['RUN make  all', { kind: 'run', command: shell('make  all'), ...run }],
  ['run ["a", "b c"]', { kind: 'run', command: exec('a', 'b c') }],
  ["RUN ['a']", { kind: 'run', command: shell("['a']") }],
  ['RUN a \\\n  # not this\n  b', { command: shell('a   b') }],
  ['RUN a \\\n\n  b', { command: shell('a   b') }],
  ['RUN --network=none --security=insecure x', { network: 'none', security: 'insecure' }],
  ['RUN --mount=type=cache,target=/c --mount=target=/b x', { mounts: ['type=cache,target=/c', 'target=/b'] }],
  ['RUN --device=vendor.com/gpu=all,required x', { devices: [{ name: 'vendor.com/gpu=all', required: true }] }],
  ['CMD', { kind: 'cmd', command: { form: 'shell', arguments: [], files: [] } }],
  ['ENTRYPOINT ["x"]', { kind: 'entrypoint', command: exec('x') }],
  ['SHELL ["powershell", "-c"]', { kind: 'shell', shell: ['powershell', '-c'] }],
  [
    'COPY --from=b --chown=1:2 --chmod=u=rwX --link --parents --exclude=*.o --exclude=x a b /c/',
    {
      kind: 'copy',
      from: 'b',
      chown: '1:2',
      chmod: 'u=rwX',
      link: true,
      parents: true,
      exclude: ['*.o', 'x'],
      sources: ['a', 'b'],
      destination: '/c/',
    },
  ],
  ['COPY ["a b", "/c d"]', { ...file, sources: ['a b'], destination: '/c d', parents: false }],
  ['COPY --link=false a b', { link: false }],
  [
    'ADD --keep-git-dir --checksum=sha256:0 --unpack=false https://h/x /y',
    { kind: 'add', keepGitDir: true, checksum: 'sha256:0', unpack: false, sources: ['https://h/x'] },
  ],
  ['ENV a=1 b="2 3" c=x\\ y', { kind: 'env', pairs: [pair('a', '1'), pair('b', '"2 3"'), pair('c', 'x\\ y')] }],
  ['ENV a  b=c d', { pairs: [{ key: 'a', value: 'b=c d', isLegacy: true }] }],
  ['LABEL "a b"=c', { kind: 'label', pairs: [pair('"a b"', 'c')] }],
  ['ARG a b=c', { kind: 'arg', args: [{ key: 'a' }, { key: 'b', value: 'c' }] }],
  ['EXPOSE 90 80/udp', { kind: 'expose', ports: ['80/udp', '90'] }],
  ['VOLUME /a /b', { kind: 'volume', volumes: ['/a', '/b'] }],
  ['VOLUME ["/a b"]', { volumes: ['/a b'] }],
  ['USER a b', { kind: 'user', user: 'a b' }],
  ['WORKDIR  /a b ', { kind: 'workdir', path: '/a b' }],
  ['STOPSIGNAL 9', { kind: 'stopsignal', signal: '9' }],
  ['MAINTAINER me <m@e>', { kind: 'maintainer', maintainer: 'me <m@e>' }],
  ['ONBUILD RUN x', { kind: 'onbuild', expression: 'RUN x' }],
  ['HEALTHCHECK NONE', { kind: 'healthcheck', health: { test: ['NONE'], ...health } }],
  [
    'HEALTHCHECK --interval=1m --timeout=2s --start-period=3s --start-interval=4ms --retries=5 CMD ["a"]',
    {
      health: {
        test: ['CMD', 'a'],
        interval: 60e9,
        timeout: 2e9,
        startPeriod: 3e9,
        startInterval: 4e6,
        retries: 5,
      },
    },
  ],
  ['healthcheck cmd a b', { health: { test: ['CMD-SHELL', 'a b'], ...health } }],
])('%s', (text, expected) => {
  expect(only(text)).toMatchObject(expected as object)
})

function pair(key: string, value: string) {
  return { key, value, isLegacy: false }
}

test.each([
  ['RUN <<EOF\na\n  b\nEOF', { arguments: ['<<EOF'], files: [{ name: 'EOF', data: 'a\n  b\n', chomp: false }] }],
  ['RUN <<-"E"\n\ta\n\tE', { arguments: ['<<-"E"'], files: [{ name: 'E', data: '\ta\n', chomp: true }] }],
  [
    'RUN cat <<A <<B\n1\nA\n2\nB',
    {
      files: [
        { name: 'A', data: '1\n' },
        { name: 'B', data: '2\n' },
      ],
    },
  ],
])('a heredoc of RUN: %j', (text, command) => {
  expect(only(text)).toMatchObject({ command })
})

test.each([
  ['COPY <<f /x\n$a\nf', { sources: [], contents: [{ path: 'f', data: '$a\n', expand: true }] }],
  ["COPY a <<'f' /x\n$a\nf", { sources: ['a'], contents: [{ path: 'f', data: '$a\n', expand: false }] }],
  ['ADD <<-f /x\n\t\tq\n\tf', { contents: [{ path: 'f', data: 'q\n', expand: true }] }],
])('a heredoc of COPY and ADD is a file: %j', (text, expected) => {
  expect(only(text)).toMatchObject(expected)
})

test('stages, arguments before the first, directives and what comments say', () => {
  const { directives, globalArgs, stages } = parseDockerfile(
    [
      '\ufeff# syntax=docker/dockerfile:1',
      '# Escape = `',
      '# check=skip=all',
      '# escape=\\ is no directive: it comes after one that was',
      'ARG v=1',
      '# builder makes it',
      'FROM --platform=$BUILDPLATFORM a:$v as Builder',
      'RUN a `',
      ' b',
      'FROM scratch',
    ]
      .filter(line => !line.includes('no directive'))
      .join('\r\n'),
  )
  expect(directives).toMatchObject({
    escape: '`',
    syntax: { value: 'docker/dockerfile:1' },
    check: { value: 'skip=all' },
  })
  expect(globalArgs.map(({ args }) => args)).toMatchObject([[{ key: 'v', value: '1' }]])
  expect(stages).toMatchObject([
    { index: 0, name: 'builder', image: 'a:$v', platform: '$BUILDPLATFORM', comment: 'makes it' },
    { index: 1, image: 'scratch', name: undefined },
  ])
  expect(stages[0]!.instructions[0]).toMatchObject({ command: { arguments: ['a  b'] }, span: { start: { line: 7 } } })
})

test('a trigger with its heredoc is read again as it was written', () => {
  const trigger = only('ONBUILD RUN <<E\nx\nE')
  expect(trigger.kind === 'onbuild' && parseTrigger(trigger.expression)).toMatchObject({
    kind: 'run',
    command: { files: [{ name: 'E', data: 'x\n' }] },
  })
})

/** The texts are those that Docker 26.1 gave for the same file; flags are written as people write them. */
test.each([
  ['# only', 1, 1, 'file with no instructions'],
  ['FOO bar', 1, 1, 'unknown instruction: FOO (did you mean FROM?)'],
  ['FROM', 1, 1, 'FROM requires either one or three arguments'],
  ['FROM a b', 1, 1, 'FROM requires either one or three arguments'],
  ['FROM a AS 1x', 1, 11, `invalid name for build stage: "1x", name can't start with a number or contain symbols`],
  ['RUN x', 1, 1, 'no build stage in current context'],
  ['# escape=x\nFROM a', 1, 1, "invalid escape token 'x' does not match ` or \\"],
  ['# escape=`\n# escape=`\nFROM a', 2, 1, 'only one escape parser directive can be used'],
  [
    'FROM a\nCOPY a',
    2,
    1,
    'COPY requires at least two arguments, but only one was provided. Destination could not be determined',
  ],
  ['FROM a\nCOPY --fron=x a b', 2, 6, 'unknown flag: --fron (did you mean from?)'],
  ['FROM a\nCOPY --link=maybe a b', 2, 6, 'expecting boolean value for flag --link, not: maybe'],
  ['FROM a\nCOPY --chown a b', 2, 6, 'missing a value on flag: --chown'],
  ['FROM a\nCOPY --from=a --from=b a b', 2, 15, 'duplicate flag specified: --from'],
  ['FROM a\nCOPY a <<E\nE', 2, 1, 'COPY cannot accept a heredoc as a destination'],
  ['FROM a\nENV', 2, 1, 'ENV requires at least one argument'],
  ['FROM a\nENV a', 2, 5, 'ENV must have two arguments'],
  ['FROM a\nENV a=b \\\n  c', 3, 3, `Syntax error - can't find = in "c". Must be of the form: name=value`],
  ['FROM a\nENV =b', 2, 5, 'ENV names can not be blank'],
  ['FROM a\nARG a =b', 2, 7, 'ARG names can not be blank'],
  ['FROM a\nUSER', 2, 1, 'USER requires exactly one argument'],
  ['FROM a\nVOLUME [""]', 2, 8, 'VOLUME specified can not be an empty string'],
  ['FROM a\nVOLUME [1]', 2, 8, 'when using JSON array syntax, arrays must be comprised of strings only'],
  ['FROM a\nSHELL sh', 2, 7, 'SHELL requires the arguments to be in JSON form'],
  ['FROM a\nSHELL []', 2, 1, 'SHELL requires at least one argument'],
  ['FROM a\nHEALTHCHECK FOO', 2, 13, 'Unknown type "FOO" in HEALTHCHECK (try CMD)'],
  ['FROM a\nHEALTHCHECK CMD', 2, 13, 'Missing command after HEALTHCHECK CMD'],
  ['FROM a\nHEALTHCHECK NONE x', 2, 13, 'HEALTHCHECK NONE takes no arguments'],
  ['FROM a\nHEALTHCHECK --interval=0.1ms CMD x', 2, 13, 'Interval "interval" cannot be less than 1ms'],
  ['FROM a\nHEALTHCHECK --timeout=bad CMD x', 2, 13, 'time: invalid duration "bad"'],
  ['FROM a\nHEALTHCHECK --retries=-1 CMD x', 2, 13, '--retries cannot be negative (-1)'],
  ['FROM a\nONBUILD ONBUILD RUN x', 2, 1, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ['FROM a\nONBUILD FROM x', 2, 1, "FROM isn't allowed as an ONBUILD trigger"],
  ['FROM a\nRUN --network=foo x', 2, 5, 'invalid network mode "foo"'],
  ['FROM a\nRUN --mount=from=$x x', 2, 5, "'from' doesn't support variable expansion, define alias stage instead"],
  ['FROM a\nRUN <<E\nx', 2, 1, 'unterminated heredoc'],
])('%j is refused at %d:%d', (text, line, column, reason) => {
  const fault = faultOf(text)
  expect(fault).toMatchObject({ reason, span: { start: { line, column } } })
  expect(fault?.kind).toBe('invalid')
})

function faultOf(text: string): DockerfileFault | undefined {
  try {
    parseDockerfile(text)
  } catch (failure) {
    if (failure instanceof DockerfileFault) return failure
    throw failure
  }
  return undefined
}
