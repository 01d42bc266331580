import { expect, test } from 'bun:test'
import { outdated } from './reference.ts'

test('docs/reference says what the code says (mend by `npm run reference`)', () => {
  expect(outdated()).toEqual([])
})
