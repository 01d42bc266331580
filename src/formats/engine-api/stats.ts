/** Source: swagger.yaml, ContainerStatsResponse. */
export type CpuUsage = {
  /** Nanoseconds. */
  total_usage: number
  /** cgroup v1 alone. */
  percpu_usage?: number[]
  usage_in_kernelmode: number
  usage_in_usermode: number
}
export type CpuStats = {
  cpu_usage: CpuUsage
  /** Nanoseconds of all processors together since the machine came up. */
  system_cpu_usage?: number
  online_cpus?: number
  throttling_data: { periods: number; throttled_periods: number; throttled_time: number }
}
export type BlkioEntry = { major: number; minor: number; op: string; value: number }
export type BlkioStats = Record<
  | 'io_service_bytes_recursive'
  | 'io_serviced_recursive'
  | 'io_queue_recursive'
  | 'io_service_time_recursive'
  | 'io_wait_time_recursive'
  | 'io_merged_recursive'
  | 'io_time_recursive'
  | 'sectors_recursive',
  BlkioEntry[] | null
>
export type InterfaceStats = Record<
  'rx_bytes' | 'rx_packets' | 'rx_errors' | 'rx_dropped' | 'tx_bytes' | 'tx_packets' | 'tx_errors' | 'tx_dropped',
  number
>
export type MemoryStats = {
  usage?: number
  max_usage?: number
  stats?: Record<string, number>
  failcnt?: number
  limit?: number
}
export type ContainerStats = {
  name: string
  id: string
  /** RFC 3339; `0001-01-01T00:00:00Z` for a container that does not run, and where there was no sample before. */
  read: string
  preread: string
  pids_stats: { current?: number; limit?: number }
  blkio_stats: BlkioStats
  num_procs: number
  storage_stats: Record<string, never>
  cpu_stats: CpuStats
  precpu_stats: CpuStats
  memory_stats: MemoryStats
  networks?: Record<string, InterfaceStats>
}
