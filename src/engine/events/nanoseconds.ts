let latest = 0n

/** Unix time in nanoseconds; never the same or an earlier value twice, so that events sort by it. Resolution: microseconds. */
export function nowNanoseconds(): bigint {
  const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n
  latest = now > latest ? now : latest + 1n
  return latest
}
