import type { Span } from '../dockerfile.ts'
import { checkSettingsOf } from './check-settings.ts'
import type { Check, CheckContext } from './checking.ts'
import { checkFrom } from './from-checks.ts'
import { checkIgnored, checkInstructions, checkWorkdirs } from './instruction-checks.ts'
import { RULES, type RuleName, ruleUrl } from './rules.table.ts'
import { checkCasing, checkContinuations, checkDescriptions, checkStageWords } from './spelling-checks.ts'
import { checkVariables } from './variable-checks.ts'

/** Something doubtful. `detail` says what, `description` what the rule is about. */
export type CheckWarning = { rule: RuleName; description: string; url: string; detail: string; spans: Span[] }
export type CheckResult = {
  warnings: CheckWarning[]
  /** The file asks to fail where there is any. */
  isError: boolean
}

const CHECKS: readonly Check[] = [
  checkStageWords,
  checkCasing,
  checkContinuations,
  checkDescriptions,
  checkFrom,
  checkInstructions,
  checkWorkdirs,
  checkIgnored,
  checkVariables,
]

/**
 * What is doubtful in a Dockerfile that can be built, by the rules and in the words of BuildKit, in the order of the file.
 * `# check=` and the build argument BUILDKIT_DOCKERFILE_CHECK say what is not to be told.
 */
export function checkDockerfile(context: CheckContext): CheckResult {
  const settings = checkSettingsOf(
    context.buildArgs.BUILDKIT_DOCKERFILE_CHECK ?? context.dockerfile.directives.check?.value,
  )
  const warnings: CheckWarning[] = []
  const tell = (rule: RuleName, detail: string, span: Span) => {
    if (settings.isTold(rule))
      warnings.push({ rule, description: RULES[rule], url: ruleUrl(rule), detail, spans: [span] })
  }
  for (const check of CHECKS) check(context, tell)
  const line = ({ spans }: CheckWarning) => spans[0]?.start.line ?? 0
  return { warnings: warnings.sort((a, b) => line(a) - line(b)), isError: settings.isError && warnings.length > 0 }
}
