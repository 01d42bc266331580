/** Waits until `claim` holds (returns something truthy) and returns that; fails with `what` after 15 s. For states that no event announces. */
export async function until<T>(
  what: string,
  claim: () => Promise<T> | T,
  patienceMs = 15_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const holds = await claim()
    if (holds) return holds
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await Bun.sleep(25)
  }
}
