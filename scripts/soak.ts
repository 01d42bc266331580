/** The long form of the kill tests: every step of every scenario. usage: npm run soak [-- FIRST_STEP] */
import { killedAt, SCENARIOS } from '../test/kit/kill-steps.ts'

const first = Number(process.argv[2] ?? 1)
let failed = 0
let passed = 0
for (const scenario of Object.keys(SCENARIOS)) {
  for (let step = first; ; step++) {
    const { killed, untruths } = await killedAt(scenario, step)
    if (!killed) break
    if (untruths.length > 0) console.log(`${scenario}, step ${step}:\n  ${untruths.join('\n  ')}`)
    if (untruths.length > 0) failed++
    else passed++
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
