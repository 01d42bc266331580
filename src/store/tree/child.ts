import { runTreeChild } from './run-child.ts'

await runTreeChild(process.argv.at(-1) ?? '')
