import type { PatternMatcher } from '../../dockerignore/matcher.ts'
import type { Dockerfile, Span } from '../dockerfile.ts'
import type { RuleName } from './rules.table.ts'

/** What a check needs beside the file. */
export type CheckContext = {
  dockerfile: Dockerfile
  buildArgs: Readonly<Record<string, string>>
  /** What FROM may name, with and without what the client gave. */
  globals: ReadonlyMap<string, string>
  defaults: ReadonlyMap<string, string>
  /** Variables of a base image by its name; undefined where they are not known. */
  imageVariables: (image: string) => readonly string[] | undefined
  /** What the context leaves out. */
  ignored?: PatternMatcher
}

/** Tells of one place. */
export type Tell = (rule: RuleName, detail: string, span: Span) => void
export type Check = (context: CheckContext, tell: Tell) => void
