import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { aliasFor, bool, bytes, duration, integer, list, map, text } from './flag-types.ts'
import { CommandLineError, parseLine } from './parse.ts'

const table = {
  all: bool('', { short: 'a' }),
  env: list('', {
    short: 'e',
    check: given => {
      if (given === '') throw new Error('invalid environment variable: ')
      return given
    },
  }),
  last: integer('', { short: 'n', default: -1 }),
  memory: bytes('', { short: 'm' }),
  name: text(''),
  net: aliasFor('network', { deprecated: 'use --network' }),
  network: text(''),
  opt: map('', { short: 'o' }),
  quiet: bool('', { short: 'q', default: true }),
  wait: duration(''),
}
const parse = (line: string, interspersed = true) => parseLine(table, line.split(' ').filter(Boolean), { interspersed })

describe('the grammar of the command line', () => {
  const accepted: [string, Record<string, unknown>, string[]][] = [
    ['-a', { all: true }, []],
    ['--all=false', { all: false }, []],
    ['-aq=false x', { all: true, quiet: false }, ['x']],
    ['-n5', { last: 5 }, []],
    ['-n=5', { last: 5 }, []],
    ['-n 0x10', { last: 16 }, []],
    ['-an -1', { all: true, last: -1 }, []],
    ['--last 1_000', { last: 1000 }, []],
    ['-e A=1 --env B', { env: ['A=1', 'B'] }, []],
    ['-m 1g', { memory: 1024 ** 3 }, []],
    ['-o a=1 -o a=2 -o b', { opt: { a: '2', b: '' } }, []],
    ['--wait 1m30s', { wait: 90e9 }, []],
    ['x --all y', { all: true }, ['x', 'y']],
    ['x -- --all -', { all: false }, ['x', '--all', '-']],
    ['- -a', { all: true }, ['-']],
    ['--name= x', { name: '' }, ['x']],
    ['--name --all', { name: '--all', all: false }, []],
    ['--net host', { network: 'host' }, []],
  ]
  for (const [line, values, operands] of accepted) {
    test(line, () => expect(parse(line)).toMatchObject({ values, operands, help: false }))
  }

  test('flags end at the first operand where a command says so', () => {
    expect(parse('-a image -q --foo', false)).toMatchObject({
      values: { all: true },
      operands: ['image', '-q', '--foo'],
    })
  })

  const refused: [string, string][] = [
    ['--foo', 'unknown flag: --foo'],
    ['--al', 'unknown flag: --al'],
    ['--constructor', 'unknown flag: --constructor'],
    ['-z', "unknown shorthand flag: 'z' in -z"],
    ['-az', "unknown shorthand flag: 'z' in -z"],
    ['--last', 'flag needs an argument: --last'],
    ['-n', "flag needs an argument: 'n' in -n"],
    ['-an', "flag needs an argument: 'n' in -an"],
    ['--last x', 'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [
      '-n 99999999999999999999',
      'invalid argument "99999999999999999999" for "-n, --last" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    [
      '--all=maybe',
      'invalid argument "maybe" for "-a, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    ['-m x', 'invalid argument "x" for "-m, --memory" flag: invalid size: \'x\''],
    ['--env=', 'invalid argument "" for "-e, --env" flag: invalid environment variable: '],
    ['--wait 5', 'invalid argument "5" for "--wait" flag: time: missing unit in duration "5"'],
    ['--=x', 'bad flag syntax: --=x'],
    ['---', 'bad flag syntax: ---'],
  ]
  for (const [line, message] of refused) {
    test(`${line} is refused`, () => expect(() => parse(line)).toThrow(new CommandLineError(message)))
  }

  test('--help and -h end the reading, and only -h is told off', () => {
    expect(parse('--help --foo')).toMatchObject({ help: true, notices: [] })
    expect(parse('-ah --foo')).toMatchObject({
      help: true,
      notices: ['Flag shorthand -h has been deprecated, use --help'],
    })
  })

  test('an alias counts as the flag it stands for, and says so when it is deprecated', () => {
    const line = parse('--net host')
    expect([...line.changed]).toEqual(['network'])
    expect([...line.written]).toEqual(['net'])
    expect(line.notices).toEqual(['Flag --net has been deprecated, use --network'])
  })

  test('no line makes it fail in another way, and one parse leaves nothing for the next', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 6 }), args => {
        try {
          parseLine(table, args, { interspersed: true })
        } catch (failure) {
          expect(failure).toBeInstanceOf(CommandLineError)
        }
        expect(parse('').values).toMatchObject({ env: [], opt: {}, all: false, last: -1 })
      }),
    )
  })
})
