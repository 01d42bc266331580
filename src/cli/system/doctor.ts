import { type DoctorFinding, examineSystem } from '../../client/doctor.ts'
import { bool, text } from '../../formats/command-line/flag-types.ts'
import type { Methods } from '../../formats/go-template/values.ts'
import { defineCommand, noOperands } from '../command.ts'
import { FORMAT_HELP, formatRows, type RowShape } from '../format/list.ts'
import { requireBerth } from '../require-berth.ts'

const TABLE = 'table {{.Kind}}\t{{.Subject}}\t{{.Trouble}}\t{{.Remedy}}'
const FIX_TABLE = 'table {{.Kind}}\t{{.Subject}}\t{{.Trouble}}\t{{.Outcome}}'

/** Exits with 1 where something is left to be done. */
export const command = defineCommand({
  usage: '[OPTIONS]',
  long: 'Compare what the daemon has written down with what the machine holds: containers, processes, cgroups, mounts,\nnetworks, directories, layers, images and volumes. With --fix, adopt or take down what does not fit.',
  flags: { fix: bool('Mend what can be mended'), format: text(FORMAT_HELP) },
  operands: noOperands,
  async run({ flags, session }) {
    const client = await session.client()
    await requireBerth(client, 'system doctor')
    const { Findings } = await examineSystem(client, flags.fix)
    const byDefault = flags.fix ? FIX_TABLE : TABLE
    const format = flags.format === '' || flags.format === 'table' ? byDefault : flags.format
    if (Findings.length > 0 || flags.format !== '') session.stdout.write(formatRows(findingRows, format, Findings))
    else session.print('Nothing is out of order.')
    const mendable = Findings.filter(({ Mendable }) => Mendable)
    if (!flags.fix && mendable.length > 0) session.tell('Run `berth system doctor --fix` to mend what can be mended.')
    return Findings.every(({ Outcome }) => Outcome === 'mended') ? 0 : 1
  },
})

const findingRows: RowShape<DoctorFinding> = {
  typeName: '*formatter.findingContext',
  headers: {
    Kind: 'KIND',
    Subject: 'WHICH',
    Trouble: 'TROUBLE',
    Remedy: 'REMEDY',
    Mendable: 'MENDABLE',
    Outcome: 'OUTCOME',
  },
  fields: (finding): Methods => ({
    Kind: () => finding.Kind,
    Subject: () => finding.Subject,
    Trouble: () => finding.Trouble,
    Remedy: () => finding.Remedy,
    Mendable: () => String(finding.Mendable),
    Outcome: () => finding.Outcome || `by hand: ${finding.Remedy}`,
  }),
}
