import { expect, test } from 'bun:test'
import { bool, integer, list, text } from './flag-types.ts'
import { flagUsages } from './usage.ts'

const table = {
  all: bool('Show all containers (default shows just running)', { short: 'a' }),
  filter: list('Filter output based on conditions provided', { short: 'f', label: 'filter' }),
  last: integer('Show n last created containers (includes all states)', { short: 'n', default: -1 }),
  'no-trunc': bool("Don't truncate output"),
  pull: text('Pull image', { default: 'missing' }),
  secret: bool('', { hidden: true }),
}

test('flags stand in the order of their names, wrapped as docker wraps them', () => {
  expect(flagUsages(table, 79)).toBe(`  -a, --all             Show all containers (default shows just running)
  -f, --filter filter   Filter output based on conditions provided
  -n, --last int        Show n last created containers (includes all
                        states) (default -1)
      --no-trunc        Don't truncate output
      --pull string     Pull image (default "missing")`)
})

test('a narrow terminal gets lines unwrapped rather than torn to pieces', () => {
  expect(flagUsages({ all: table.all }, 30)).toBe('  -a, --all   Show all containers (default shows just running)')
})
