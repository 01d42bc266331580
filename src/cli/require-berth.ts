import { type Client, drain } from '../client/client.ts'
import { CommandFailure } from './failures.ts'

/** For what is beyond Docker: another daemon would leave the wish out without a word, and do the rest. */
export async function requireBerth(client: Client, what: string): Promise<void> {
  const answer = await client.call('GET', '/_ping')
  await drain(answer)
  if (!/^berth\b/i.test(answer.headers['server'] ?? '')) {
    throw new CommandFailure(`${what}: only a Berth daemon knows that, and this is none`)
  }
}
