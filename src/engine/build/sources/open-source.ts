import type { Digest } from '../../../formats/digest/digest.ts'
import type { ContextCopy } from '../../../store/context/contexts.ts'

/** A place that files can be taken from: a copy of a context, or layers (lowest first). */
export type OpenSource = { kind: 'directory'; copy: ContextCopy } | { kind: 'layers'; diffIds: Digest[] }
