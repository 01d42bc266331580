import { posix } from 'node:path'
import { isDigest } from '../../../formats/digest/digest.ts'
import type { AddInstruction, CopyInstruction } from '../../../formats/dockerfile/dockerfile.ts'
import { isGitUrl } from '../../../formats/git-url/git-url.ts'
import { matcherOf } from '../check-patterns.ts'
import { buildFaults } from '../faults.ts'
import type { PlannedInstruction } from './planned.ts'
import { BUILDKIT, type StageScope } from './stage-scope.ts'
import type { CopyStep } from './step.ts'
import { withoutCredentials } from './without-credentials.ts'

/** A COPY or ADD with every variable replaced. */
export function planCopy(
  instruction: CopyInstruction | AddInstruction,
  { settings, config, word }: StageScope,
): Partial<PlannedInstruction> {
  const isAdd = instruction.kind === 'add'
  const keyword = isAdd ? 'ADD' : 'COPY'
  const all = instruction.sources.map(source => word(source))
  const remotes = isAdd ? all.filter(isRemote) : []
  const sources = all.filter(source => !remotes.includes(source))
  const contents = instruction.contents.map(file => ({
    ...file,
    data: file.expand ? settings.variables.expandContent(file.data, settings.escape) : file.data,
    expand: false,
  }))
  const written = word(instruction.destination)
  if (all.length + contents.length > 1 && !/(^|\/)\.?$/.test(written)) throw buildFaults.DESTINATION(keyword)
  const checksum = isAdd && instruction.checksum ? word(instruction.checksum) : undefined
  if (checksum) checkChecksum(checksum, all)
  const exclude = instruction.exclude.map(pattern => word(pattern))
  matcherOf('--exclude', exclude)
  const step: CopyStep = {
    kind: 'copy',
    keyword,
    from: !isAdd && instruction.from ? settings.sourceOf(word(instruction.from)) : { kind: 'context', name: 'context' },
    sources,
    remotes,
    contents,
    destination: absolute(written, config.WorkingDir),
    ...(instruction.chown && { chown: word(instruction.chown) }),
    ...(instruction.chmod && { chmod: word(instruction.chmod) }),
    link: instruction.link,
    parents: !isAdd && instruction.parents,
    exclude,
    unpack: !isAdd || instruction.unpack === false ? 'never' : instruction.unpack === true ? 'always' : 'local',
    ...(checksum && { checksum }),
    keepGitDirectory: isAdd && instruction.keepGitDir === true,
  }
  const flags = [step.chown && `--chown=${step.chown}`, step.chmod && `--chmod=${step.chmod}`].filter(Boolean)
  const names = [...all.map(withoutCredentials), ...contents.map(({ path }) => `<<${path}`)]
  return { step, history: `${[keyword, ...flags, ...names, written].join(' ')}${BUILDKIT}` }
}

/** A slash at the end says that it is a directory, and so does `.`. */
function absolute(path: string, directory: string | undefined): string {
  const clean = posix.resolve('/', directory || '/', path)
  return /(^|\/)\.?$/.test(path) && clean !== '/' ? `${clean}/` : clean
}

/** Of one file from elsewhere: a digest, or the commit of a repository. */
function checkChecksum(checksum: string, sources: readonly string[]): void {
  const [source, ...others] = sources
  if (others.length > 0) throw buildFaults.CHECKSUM_OF("can't be specified for multiple sources")
  if (!source || !isRemote(source)) throw buildFaults.CHECKSUM_OF('requires HTTP(S) or Git sources')
  const isGood = isGitUrl(source) ? /^[0-9a-f]{7,64}$/.test(checksum) : isDigest(checksum)
  if (!isGood) throw buildFaults.CHECKSUM_FORMAT()
}

const isRemote = (source: string): boolean => /^https?:\/\//.test(source) || isGitUrl(source)
