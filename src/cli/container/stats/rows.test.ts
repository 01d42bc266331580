import { expect, test } from 'bun:test'
import type { ContainerStats } from '../../../formats/engine-api/stats.ts'
import { formatRows } from '../../format/list.ts'
import { cpuPercent, statsRows } from './rows.ts'

const cpu = (total_usage: number, system_cpu_usage: number) => ({
  cpu_usage: { total_usage, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  system_cpu_usage,
  online_cpus: 2,
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
})
const sample = {
  id: 'a'.repeat(64),
  name: '/web',
  cpu_stats: cpu(1500, 3000),
  precpu_stats: cpu(500, 1000),
  memory_stats: { usage: 3 * 2 ** 20, limit: 2 ** 30, stats: { total_inactive_file: 2 ** 20 } },
  networks: { eth0: { rx_bytes: 1000, tx_bytes: 20 }, eth1: { rx_bytes: 500, tx_bytes: 0 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 8, minor: 0, op: 'Read', value: 4096 },
      { major: 8, minor: 16, op: 'read', value: 4096 },
      { major: 8, minor: 0, op: 'Write', value: 1 },
      { major: 8, minor: 0, op: 'Total', value: 9999 },
    ],
  },
  pids_stats: { current: 7 },
} as unknown as ContainerStats

const FORMAT =
  '{{.Container}}|{{.Name}}|{{.ID}}|{{.CPUPerc}}|{{.MemUsage}}|{{.MemPerc}}|{{.NetIO}}|{{.BlockIO}}|{{.PIDs}}'

test('a row says what docker says', () => {
  expect(formatRows(statsRows(true), FORMAT, [{ given: 'web', sample }])).toBe(
    'web|web|aaaaaaaaaaaa|100.00%|2MiB / 1GiB|0.20%|1.5kB / 20B|8.19kB / 1B|7\n',
  )
})

test('before the first sample there are dashes', () => {
  expect(formatRows(statsRows(true), FORMAT, [{ given: 'web', sample: undefined }])).toBe(
    'web|--||--|-- / --|--|--|--|--\n',
  )
})

test('no time has passed: no percentage, not infinity', () => {
  expect(cpuPercent({ ...sample, precpu_stats: sample.cpu_stats })).toBe(0)
})
