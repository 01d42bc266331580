import { runUnpackChild } from './run-child.ts'

await runUnpackChild(process.argv.at(-1) ?? '')
