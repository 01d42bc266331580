import type { Position, Span } from './dockerfile.ts'

type Piece = { offset: number; line: number; column: number }

/** One instruction as a single line, put together from the lines of the file that it continues over. */
export class SourceLine {
  text = ''
  readonly startLine: number
  endLine: number
  readonly #pieces: Piece[] = []

  constructor(line: number) {
    this.startLine = line
    this.endLine = line
  }

  /** Adds what line `line` has from `column` on. */
  append(text: string, line: number, column: number): void {
    this.#pieces.push({ offset: this.text.length, line, column })
    this.text += text
  }

  positionOf(offset: number): Position {
    const piece = this.#pieces.findLast(candidate => candidate.offset <= offset) ?? this.#pieces[0]!
    return { line: piece.line, column: piece.column + offset - piece.offset }
  }

  /** From `start` up to `end` of the text (not included). */
  spanOf(start: number, end: number): Span {
    return { start: this.positionOf(start), end: this.positionOf(Math.max(start, end - 1)) }
  }
}
