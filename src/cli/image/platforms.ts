import { parsePlatform } from '../../formats/platform/platform.ts'
import { CommandFailure, messageOf } from '../failures.ts'

/** `--platform` of save, load, history and inspect: the API takes the platform as JSON. */
export function platformsQuery(texts: string[]): { platform?: string[] } {
  return texts.length === 0 ? {} : { platform: texts.map(platformJson) }
}

export function platformJson(text: string): string {
  try {
    return JSON.stringify(parsePlatform(text))
  } catch (failure) {
    throw new CommandFailure(`invalid platform: ${messageOf(failure)}`, 1, failure)
  }
}
