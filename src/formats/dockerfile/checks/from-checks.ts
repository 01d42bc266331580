import { parsePlatform } from '../../platform/platform.ts'
import { parseImageName } from '../../reference/reference.ts'
import type { Stage } from '../dockerfile.ts'
import { expand, expandWord } from '../shell-word.ts'
import { suggestion } from '../suggest.ts'
import type { Check, CheckContext, Tell } from './checking.ts'

/** What FROM says of images and platforms. */
export const checkFrom: Check = (context, tell) => {
  const names = new Set<string>()
  for (const stage of context.dockerfile.stages) {
    checkArguments(stage, context, tell)
    checkDefaults(stage, context, names, tell)
    checkPlatform(stage, context, tell)
    if (stage.name) names.add(stage.name)
  }
}

function checkArguments({ image, platform = '', span }: Stage, { globals }: CheckContext, tell: Tell): void {
  const missing = new Set([...expand(image, globals).missing, ...expand(platform, globals).missing])
  for (const name of missing) {
    tell('UndefinedArgInFrom', `FROM argument '${name}' is not declared${suggestion(name, [...globals.keys()])}`, span)
  }
}

/** As if the client had given nothing. */
function checkDefaults({ image, span }: Stage, { defaults }: CheckContext, stages: Set<string>, tell: Tell): void {
  if (!image.includes('$')) return
  const name = expandWord(image, defaults)
  if (stages.has(name.toLowerCase()) || name === 'scratch' || isImage(name)) return
  tell('InvalidDefaultArgInFrom', `Default value for ARG ${image} results in empty or invalid base image name`, span)
}

function isImage(name: string): boolean {
  try {
    return name !== '' && parseImageName(name) !== undefined
  } catch {
    return false
  }
}

function checkPlatform({ platform, name = '', span }: Stage, { globals }: CheckContext, tell: Tell): void {
  if (platform === undefined) return
  const { text, found, missing } = expand(platform, globals)
  if (found.size === 1 && missing.size === 0 && found.has('TARGETPLATFORM') && text === globals.get('TARGETPLATFORM')) {
    const detail = `Setting platform to predefined ${platform} in FROM is redundant as this is the default behavior`
    tell('RedundantTargetPlatform', detail, span)
  }
  if (found.size + missing.size > 0 || isNamedAfter(name, text)) return
  tell('FromPlatformFlagConstDisallowed', `FROM --platform flag should not use constant value "${text}"`, span)
}

/** A stage that says which platform it is for means it. */
function isNamedAfter(name: string, text: string): boolean {
  try {
    const { os, architecture } = parsePlatform(text)
    return name.includes(os) || name.includes(architecture)
  } catch {
    return true
  }
}
