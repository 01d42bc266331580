import { describe } from '../../base/faults.ts'
import { logger } from '../../base/log.ts'
import type { FirewallPlan } from '../../host/firewall/ruleset.ts'
import type { NetworksContext } from './context.ts'

const log = logger('networks')
const LOOK_MS = 2000

/**
 * Other programs change the firewall too: they flush it whole (`nft flush ruleset`, a restart of nftables), or begin to drop
 * what they do not know (ufw, Docker). Every two seconds the guard asks the kernel for a number that tells whether anything
 * has changed, and only then looks closer.
 */
export class FirewallGuard {
  readonly #context: NetworksContext
  readonly #plan: () => FirewallPlan
  #timer: ReturnType<typeof setInterval> | undefined
  #seen: number | undefined
  #looking: Promise<void> | undefined
  #told = ''

  readonly #bridges: () => string[]
  readonly #guardsForwarding: boolean

  /** `guardsForwarding`: it was us who switched it on. */
  constructor(context: NetworksContext, plan: () => FirewallPlan, bridges: () => string[], guardsForwarding: boolean) {
    this.#bridges = bridges
    this.#context = context
    this.#plan = plan
    this.#guardsForwarding = guardsForwarding
  }

  /** `also` is done at each look. */
  start(also: () => void): void {
    this.#timer = setInterval(() => {
      also()
      this.#looking ??= this.look()
        .catch(failure => log.warn('the firewall could not be looked at', { error: describe(failure) }))
        .finally(() => {
          this.#looking = undefined
        })
    }, LOOK_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  async look(): Promise<void> {
    const { worker } = this.#context
    const generation = await worker.call('firewallGeneration', null)
    if (generation === this.#seen) return
    await this.#mend()
    this.#seen = await worker.call('firewallGeneration', null)
  }

  async #mend(): Promise<void> {
    const { worker, instance } = this.#context
    if (!(await worker.call('hasTable', { table: instance.table }))) {
      log.warn('the firewall table was removed by another program; putting it back', { table: instance.table })
      await worker.call('replaceTable', this.#plan())
    }
    const guards = { ipv4: this.#guardsForwarding, ipv6: this.#context.forwardsIpv6.opened }
    if (guards.ipv4 || guards.ipv6) await worker.call('guardForwarding', guards)
    const chains = await worker.call('acceptForeign', { owner: instance.table, bridges: this.#bridges() })
    const told = chains.join(', ')
    if (told !== '' && told !== this.#told) log.info('accepting container traffic in other firewalls', { chains: told })
    this.#told = told
  }
}
