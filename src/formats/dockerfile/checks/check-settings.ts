import { EXPERIMENTAL, type RuleName } from './rules.table.ts'

/** What `# check=skip=…;error=true;experimental=…` asks for. */
export type CheckSettings = { isTold: (rule: RuleName) => boolean; isError: boolean }

/** Throws Error with BuildKit's words. */
export function checkSettingsOf(text = ''): CheckSettings {
  const settings = { skip: new Set<string>(), experimental: new Set<string>(), isError: false }
  for (const part of text.split(';').filter(one => one.trim() !== '')) {
    const [name = '', value] = part.split('=', 2).map(one => one.trim())
    if (value === undefined) throw new Error(`invalid check option "${part}"`)
    if (name === 'error') settings.isError = ['1', 't', 'true'].includes(value.toLowerCase())
    else if (name === 'skip' || name === 'experimental')
      for (const rule of value.split(',')) settings[name].add(rule.trim())
    else throw new Error(`invalid check option "${name}"`)
  }
  const { skip, experimental, isError } = settings
  return {
    isError,
    isTold: rule => {
      if (EXPERIMENTAL.has(rule)) return experimental.has('all') || experimental.has(rule)
      return !skip.has('all') && !skip.has(rule)
    },
  }
}
