import { parseBytes } from '../../../../base/units.ts'
import { parseCsvLine } from '../../../../formats/csv/csv.ts'
import type { Ulimit } from '../../../../formats/engine-api/common.ts'
import type { Resources } from '../../../../formats/engine-api/container.ts'
import { type Platform, parsePlatform } from '../../../../formats/platform/platform.ts'
import { buildkitFaults } from './faults.ts'

/** What a client says of a build to its frontend, by BuildKit's names. Every reading names the attribute when it fails. */
export class Attributes {
  readonly #all: Readonly<Record<string, string>>

  constructor(all: Readonly<Record<string, string>>) {
    this.#all = all
  }

  text(name: string): string | undefined {
    return Object.hasOwn(this.#all, name) ? this.#all[name] : undefined
  }

  /** Those whose name begins so, without the beginning. */
  below(prefix: string): Record<string, string> {
    const found: Record<string, string> = Object.create(null)
    for (const [name, value] of Object.entries(this.#all)) {
      if (name.startsWith(prefix)) found[name.slice(prefix.length)] = value
    }
    return found
  }

  list(name: string): string[] {
    const text = this.text(name)
    if (!text) return []
    return this.#reading(name, () => parseCsvLine(text))
  }

  integer(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined || text === '') return undefined
    if (!/^-?\d{1,15}$/.test(text)) throw buildkitFaults.ATTRIBUTE(name, `${JSON.stringify(text)} is no number`)
    return Number(text)
  }

  platforms(): Platform[] {
    return this.list('platform').map(text => this.#reading('platform', () => parsePlatform(text)))
  }

  /** '' is every stage, else the named ones. */
  noCache(): boolean | string[] {
    const text = this.text('no-cache')
    if (text === undefined) return false
    return text === '' ? true : this.list('no-cache')
  }

  /** `host=address` as clients write it becomes `host:address`. */
  extraHosts(): string[] {
    return this.list('add-hosts').map(entry => {
      const at = entry.indexOf('=')
      if (at <= 0) throw buildkitFaults.ATTRIBUTE('add-hosts', `${JSON.stringify(entry)} is no host=address`)
      return `${entry.slice(0, at)}:${entry.slice(at + 1)}`
    })
  }

  limits(): Resources & { ShmSize?: number; CgroupParent?: string } {
    const limits = {
      ShmSize: this.integer('shm-size'),
      Ulimits: this.#ulimits(),
      CgroupParent: this.text('cgroup-parent') || undefined,
      Memory: this.#bytes('memory'),
      MemorySwap: this.#bytes('memswap'),
      CpuShares: this.integer('cpushares'),
      CpuPeriod: this.integer('cpuperiod'),
      CpuQuota: this.integer('cpuquota'),
      CpusetCpus: this.text('cpusetcpus') || undefined,
      CpusetMems: this.text('cpusetmems') || undefined,
    }
    return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
  }

  #ulimits(): Ulimit[] | undefined {
    const entries = this.list('ulimit')
    if (entries.length === 0) return undefined
    return entries.map(entry => {
      const match = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(entry)
      if (!match) throw buildkitFaults.ATTRIBUTE('ulimit', `${JSON.stringify(entry)} is no name=soft:hard`)
      const soft = Number(match[2])
      return { Name: match[1]!, Soft: soft, Hard: match[3] === undefined ? soft : Number(match[3]) }
    })
  }

  #bytes(name: string): number | undefined {
    const text = this.text(name)
    if (!text) return undefined
    return text === '-1' ? -1 : this.#reading(name, () => parseBytes(text))
  }

  #reading<T>(name: string, read: () => T): T {
    try {
      return read()
    } catch (cause) {
      throw buildkitFaults.ATTRIBUTE(name, cause instanceof Error ? cause.message : String(cause), { cause })
    }
  }
}
