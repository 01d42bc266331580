import { writeFileSync } from 'node:fs'

/** Docker's number for its daemon. Containers are given their own by the runtime, whatever they inherit. */
const SCORE = '-500'

/** When memory runs out the kernel takes a container, not the one who holds them all. Not allowed everywhere, and then left. */
export function protectFromOom(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', SCORE)
  } catch {}
}
