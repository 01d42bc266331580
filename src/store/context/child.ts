import { runContextChild } from './run-child.ts'

await runContextChild(process.argv.at(-1) ?? '')
