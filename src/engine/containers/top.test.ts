import { expect, test } from 'bun:test'
import { psArguments, readPs } from './top.ts'

test('arguments are split at white space, `-ef` by default', () => {
  expect(psArguments(undefined)).toEqual(['-ef'])
  expect(psArguments(' -o  pid,comm ')).toEqual(['-o', 'pid,comm'])
})

test('a column may not be made to look like the process id', () => {
  expect(() => psArguments('-o user=PID')).toThrow('specifying "user=PID" is not allowed')
  expect(psArguments('-o pid=PID')).toEqual(['-o', 'pid=PID'])
})

test('only the container’s processes are shown, and the last column keeps its words', () => {
  const output = 'UID   PID  CMD\nroot    7  sleep  10\nroot   17  sh -c x\napp   170  other\n'
  expect(readPs(output, [7, 170])).toEqual({
    Titles: ['UID', 'PID', 'CMD'],
    Processes: [
      ['root', '7', 'sleep 10'],
      ['app', '170', 'other'],
    ],
  })
})

test('an output without process ids is refused', () => {
  expect(() => readPs('COMMAND\nsh\n', [1])).toThrow("Couldn't find PID field in ps output")
})
