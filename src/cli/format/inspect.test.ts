import { describe, expect, test } from 'bun:test'
import { indentJson, printInspected } from './inspect.ts'
import recorded from './testing/docker-templates.json'

type Case = { template: string; output?: string; error?: string }

/** Recorded from docker 28.2 (`docker inspect --format`) on the object in the same file. */
describe('templates give what docker gives', () => {
  for (const { template, output, error } of recorded.cases as Case[]) {
    test(JSON.stringify(template), () => {
      const run = () => printInspected({ raw: recorded.raw, shape: 'container.InspectResponse' }, template)
      if (error === undefined) expect(run()).toBe(`${output}\n`)
      else expect(run).toThrow(`template parsing error: ${error}`)
    })
  }
})

test('indenting keeps the order of keys and the digits of numbers', () => {
  const text = '[{"b":12345678901234567890,"a":{},"c":[ ],"d":[1.0,"x,{\\"]"]}]'
  expect(indentJson(text)).toBe(`[
    {
        "b": 12345678901234567890,
        "a": {},
        "c": [],
        "d": [
            1.0,
            "x,{\\"]"
        ]
    }
]`)
})
