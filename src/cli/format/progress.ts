import type { ProgressLine } from '../../formats/engine-api/common.ts'
import { ProgressScreen, readJsonLines } from '../../formats/progress-lines/progress-lines.ts'
import { CommandFailure } from '../failures.ts'
import type { Output } from '../output.ts'
import type { Session } from '../session.ts'
import { windowSize } from '../terminal.ts'

const WIDE_COLUMNS = 200

/** Shows a progress stream on `output`, or on none; an error in it ends the command with the daemon's words. */
export async function showProgress(
  session: Session,
  body: AsyncIterable<Uint8Array>,
  output: Output | undefined,
): Promise<void> {
  const columns = (output?.isTerminal && windowSize(output).columns) || WIDE_COLUMNS
  const screen = new ProgressScreen({ isTerminal: output?.isTerminal ?? false, columns })
  for await (const line of readJsonLines<ProgressLine>(body)) {
    const failure = line.errorDetail?.message ?? line.error
    if (failure !== undefined) throw new CommandFailure(failure)
    if (line.aux !== undefined) continue
    output?.write(screen.draw(line))
    await output?.flush()
  }
  await session.flush()
}
