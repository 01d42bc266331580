import { describe, expect, test } from 'bun:test'
import type { Finding } from '../../base/finding.ts'
import { Doctor } from './doctor.ts'

const finding = (subject: string, mend?: () => void): Finding => ({
  kind: 'cgroup',
  subject,
  trouble: 'stray',
  remedy: 'remove it',
  ...(mend && { mend }),
})

describe('the doctor', () => {
  test('tells nothing that was there at one look only', async () => {
    const looks = [
      [finding('passing'), finding('staying')],
      [finding('staying'), finding('new')],
    ]
    const doctor = new Doctor([() => looks.shift() ?? []])
    expect((await doctor.examine(false)).map(({ subject }) => subject)).toEqual(['staying'])
  })

  test('mends only when it is told to, and one failure keeps nothing else from it', async () => {
    const mended: string[] = []
    const failing = finding('stuck', () => {
      throw new Error('busy')
    })
    const doctor = new Doctor([
      () => [failing, finding('told')],
      () => [finding('stray', () => void mended.push('stray'))],
    ])
    expect((await doctor.examine(false)).map(({ outcome }) => outcome)).toEqual(['', '', ''])
    expect(mended).toEqual([])
    const outcomes = (await doctor.examine(true)).map(({ subject, outcome }) => [subject, outcome])
    expect(outcomes).toEqual([
      ['stuck', 'busy'],
      ['told', ''],
      ['stray', 'mended'],
    ])
    expect(mended).toEqual(['stray'])
  })

  test('finishes one examination before the next begins', async () => {
    let inside = 0
    let most = 0
    const doctor = new Doctor([
      async () => {
        most = Math.max(most, ++inside)
        await Bun.sleep(5)
        inside--
        return []
      },
    ])
    await Promise.all([doctor.examine(false), doctor.examine(true)])
    expect(most).toBe(1)
  })
})
