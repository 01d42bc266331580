import { openHttp2 } from '../../../client/http2.ts'
import { text } from '../../../formats/command-line/flag-types.ts'
import { CONTROL } from '../../../wire/buildkit/control.ts'
import { openCall } from '../../../wire/grpc/client.ts'
import { displayOf, PROGRESS_MODES } from '../../build/progress/display.ts'
import { atMost, defineCommand } from '../../command.ts'
import { CommandFailure } from '../../failures.ts'
import { findRecord, readRecords } from './records.ts'

export const command = defineCommand({
  usage: '[OPTIONS] [REF]',
  flags: { progress: text('Set type of progress output (plain, rawjson, tty)', { default: 'plain' }) },
  operands: atMost(1),
  async run({ flags, operands: [name = ''], session }) {
    const mode = PROGRESS_MODES.find(known => known === flags.progress)
    if (!mode) throw new CommandFailure(`ERROR: invalid progress mode ${flags.progress}`)
    const builder = await openHttp2(await session.client(), '/grpc', { role: 'client' })
    const { ref } = findRecord(await readRecords(builder), name)
    const display = displayOf(mode, session.stdout, session.hasColour)
    const call = await openCall(builder, CONTROL.status)
    await call.send({ ref })
    await call.end()
    for await (const status of call.responses) display.show(status)
    display.finish()
    builder.close()
    return 0
  },
})
