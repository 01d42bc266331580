import { describe, expect, test } from 'bun:test'
import { PatternMatcher } from '../../dockerignore/matcher.ts'
import { parseDockerfile } from '../parse.ts'
import { checkDockerfile } from './check-dockerfile.ts'
import type { CheckContext } from './checking.ts'
import { RULES, ruleUrl } from './rules.table.ts'

function check(text: string, more: Partial<CheckContext> = {}) {
  const dockerfile = parseDockerfile(text)
  const globals = new Map([['TARGETPLATFORM', 'linux/amd64']])
  for (const { args } of dockerfile.globalArgs) for (const { key, value } of args) globals.set(key, value ?? '')
  const imageVariables = (image: string) => (image === 'known' ? ['GOPATH=/go'] : undefined)
  return checkDockerfile({ dockerfile, buildArgs: {}, globals, defaults: globals, imageVariables, ...more })
}
const told = (text: string, more?: Partial<CheckContext>): string[] =>
  check(text, more).warnings.map(({ rule, detail, spans }) => `${spans[0]!.start.line} ${rule}: ${detail}`)

test.each<[string, string[]]>([
  ['FROM x AS Name\n', ["1 StageNameCasing: Stage name 'Name' should be lowercase"]],
  ['FROM x as a\n', ["1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match"]],
  ['FROM x\nRUN a \\\n\n  b\n', ['2 NoEmptyContinuation: Empty continuation line']],
  ['FROM x\nRUN <<E\na\n\nb\nE\n', []],
  [
    'FROM x\nrun a\nCopy a b\nRUN b\n',
    [
      "2 ConsistentInstructionCasing: Command 'run' should match the case of the command majority (uppercase)",
      "3 ConsistentInstructionCasing: Command 'Copy' should match the case of the command majority (uppercase)",
    ],
  ],
  ['from x\nrun a\n', []],
  ['FROM x AS a\nFROM y AS a\n', ['2 DuplicateStageName: Duplicate stage name "a", stage names should be unique']],
  ['FROM x AS context\n', ['1 ReservedStageName: Stage name should not use the same name as reserved stage "context"']],
  [
    'FROM x\nCMD a\n',
    ['2 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals'],
  ],
  ['FROM x\nSHELL ["sh"]\nENTRYPOINT a\n', []],
  ['FROM x\nMAINTAINER me\n', ['2 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label']],
  [
    'ARG VERSION=1\nFROM x:$VERSON\n',
    [
      "2 UndefinedArgInFrom: FROM argument 'VERSON' is not declared (did you mean VERSION?)",
      '2 InvalidDefaultArgInFrom: Default value for ARG x:$VERSON results in empty or invalid base image name',
    ],
  ],
  [
    'ARG IMAGE\nFROM $IMAGE\n',
    ['2 InvalidDefaultArgInFrom: Default value for ARG $IMAGE results in empty or invalid base image name'],
  ],
  ['ARG IMAGE=x\nFROM $IMAGE\n', []],
  [
    'FROM x\nWORKDIR a\n',
    ['2 WorkdirRelativePath: Relative workdir "a" can have unexpected results if the base image changes'],
  ],
  ['FROM x AS a\nWORKDIR /a\nWORKDIR b\nFROM a\nWORKDIR c\n', []],
  ['FROM scratch\nCOPY a $FOO\n', ["2 UndefinedVar: Usage of undefined variable '$FOO'"]],
  [
    'FROM known\nARG NAME\nCOPY $GOPATH $NAM\n',
    ["3 UndefinedVar: Usage of undefined variable '$NAM' (did you mean $NAME?)"],
  ],
  ['FROM unknown\nCOPY a $FOO\n', []],
  ['FROM known AS a\nENV X=1\nFROM a\nENV PATH=$PATH:$X H=$http_proxy\n', []],
  [
    'FROM x\nCMD ["a"]\nCMD ["b"]\n',
    [
      '2 MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage because only the last one will be used',
    ],
  ],
  [
    'FROM x\nENV a b\n',
    ['2 LegacyKeyValueFormat: "ENV key=value" should be used instead of legacy "ENV key value" format'],
  ],
  [
    'FROM --platform=$TARGETPLATFORM x\n',
    [
      '1 RedundantTargetPlatform: Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior',
    ],
  ],
  [
    'FROM --platform=linux/arm64 x\n',
    ['1 FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/arm64"'],
  ],
  ['FROM --platform=linux/arm64 x AS build-arm64\n', []],
  [
    'ARG NPM_TOKEN\nFROM x\nENV API_KEY=1 PUBLIC_KEY=2 KEYBOARD=3\n',
    [
      '1 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG "NPM_TOKEN")',
      '3 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "API_KEY")',
    ],
  ],
  [
    'FROM x\nEXPOSE 80/TCP\n',
    ["2 ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase"],
  ],
  [
    'FROM x\nEXPOSE 127.0.0.1:80:80\n',
    [
      "2 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '127.0.0.1:80:80'",
    ],
  ],
])('%j', (text, expected) => {
  expect(told(text)).toEqual(expected)
})

describe('a file that is left out', () => {
  const ignored = new PatternMatcher(['secret', '*.log'])
  test('is missed where it is copied', () => {
    const text = 'FROM x\nCOPY a.log ./secret/b . /\nADD *.log https://x/y.log /\nCOPY --from=x secret /\n'
    expect(told(text, { ignored })).toEqual([
      '2 CopyIgnoredFile: Attempting to Copy file "a.log" that is excluded by .dockerignore',
      '2 CopyIgnoredFile: Attempting to Copy file "secret/b" that is excluded by .dockerignore',
    ])
  })
  test('is not spoken of where there are exceptions', () => {
    expect(told('FROM x\nCOPY a.log /\n', { ignored: new PatternMatcher(['*.log', '!b.log']) })).toEqual([])
  })
})

test('the file says what is not to be told, and whether it fails', () => {
  const text = 'FROM x as a\nMAINTAINER me\n'
  expect(told(`# check=skip=FromAsCasing\n${text}`)).toHaveLength(1)
  expect(check(`# check=skip=all;error=true\n${text}`)).toEqual({ warnings: [], isError: false })
  expect(check(`# check=error=true\n${text}`).isError).toBeTrue()
  expect(told(text, { buildArgs: { BUILDKIT_DOCKERFILE_CHECK: 'skip=all' } })).toEqual([])
  expect(() => check('# check=nonsense\nFROM x\n')).toThrow('invalid check option "nonsense"')
  const described = 'FROM x\n# wrong\nARG a\n'
  expect([told(described), told(`# check=experimental=all\n${described}`)]).toEqual([
    [],
    ['4 InvalidDefinitionDescription: Comment for ARG should follow the format: `# a <description>`'],
  ])
})

test('there are 22 rules, each with its page', () => {
  expect(Object.keys(RULES)).toHaveLength(22)
  expect(ruleUrl('JSONArgsRecommended')).toBe('https://docs.docker.com/go/dockerfile/rule/json-args-recommended/')
  expect(ruleUrl('FromPlatformFlagConstDisallowed')).toEndWith('/from-platform-flag-const-disallowed/')
})
