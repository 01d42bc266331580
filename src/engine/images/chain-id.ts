import { type Digest, digestOf } from '../../formats/digest/digest.ts'

/** The name of a layer together with all below it, lowest first. Source: image-spec config.md, Layer ChainID. */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = []
  for (const diffId of diffIds) {
    const below = chain.at(-1)
    chain.push(below ? digestOf(`${below} ${diffId}`) : diffId)
  }
  return chain
}
