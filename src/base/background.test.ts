import { expect, test } from 'bun:test'
import { Background } from './background.ts'

test('`settled` waits for all of it, also for what fails and for what was added meanwhile', async () => {
  const background = new Background('test')
  const done: string[] = []
  background.add(
    'one',
    Promise.resolve().then(() => {
      done.push('one')
      background.add(
        'two',
        Promise.resolve().then(() => void done.push('two')),
      )
    }),
  )
  await background.settled()
  expect(done).toEqual(['one', 'two'])
})
