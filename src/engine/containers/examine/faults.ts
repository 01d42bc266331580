import { defineFaults } from '../../../base/faults.ts'

export const examineFaults = defineFaults('EXAMINE', {
  GROUP_STAYS: { kind: 'internal', message: (path: string) => `something in ${path} does not die` },
})
