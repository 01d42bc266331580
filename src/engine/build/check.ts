import { type CheckResult, checkDockerfile } from '../../formats/dockerfile/checks/check-dockerfile.ts'
import { checkReportJson, checkReportText } from '../../formats/dockerfile/checks/check-report.ts'
import type { Dockerfile } from '../../formats/dockerfile/dockerfile.ts'
import { PatternMatcher } from '../../formats/dockerignore/matcher.ts'
import { hostPlatform, type Platform } from '../../formats/platform/platform.ts'
import type { BuildRequest } from './contract.ts'
import { buildFaults } from './faults.ts'
import { globalEnvironment } from './plan/arguments.ts'
import type { Progress } from './progress.ts'

type Source = { name: string; text: string }
export type CheckedBuild = {
  dockerfile: Dockerfile
  request: Pick<BuildRequest, 'buildArgs' | 'target'>
  platform: Platform
  /** Variables of base images by the name that FROM has for them. */
  imageVariables: ReadonlyMap<string, readonly string[]>
  ignored: readonly string[]
}

/** What is doubtful in the Dockerfile, with what the build knows of its images. */
export function checkBuild({ dockerfile, request, platform, imageVariables, ignored }: CheckedBuild): CheckResult {
  const environment = (given: Record<string, string>) =>
    globalEnvironment(dockerfile.globalArgs, given, hostPlatform(), platform, request.target ?? 'default')
  try {
    return checkDockerfile({
      dockerfile,
      buildArgs: request.buildArgs,
      globals: environment(request.buildArgs),
      defaults: environment({}),
      imageVariables: image => imageVariables.get(image),
      ...(ignored.length > 0 && { ignored: new PatternMatcher(ignored) }),
    })
  } catch (cause) {
    throw buildFaults.ARGUMENT('check', cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** Told beside the build; where the file asks for it, the build ends here. */
export function tellWarnings({ warnings, isError }: CheckResult, source: Source, progress: Progress): void {
  for (const { rule, detail, description, url, spans } of warnings) {
    const line = spans[0]!.start.line
    const short = `${rule}: ${detail} (line ${line})`
    progress.warning({ level: 1, short, detail: [description], url, source, ranges: spans })
  }
  if (isError) throw buildFaults.LINT([...new Set(warnings.map(({ rule }) => rule))].sort().join(', '))
}

/** The answer to a request for the checks alone. */
export const checkResponse = ({ warnings, isError }: CheckResult, source: Source): Record<string, string> => ({
  'result.json': checkReportJson(warnings, source),
  'result.txt': checkReportText(warnings, source),
  'result.statuscode': isError || warnings.length > 0 ? '1' : '0',
  version: '1.0.0',
})
