import { Http2Error } from './faults.ts'
import { MAX_WINDOW_BYTES } from './frames.ts'

/** How much may still be sent before the other side gives more. Source: RFC 9113, section 6.9. */
export class SendWindow {
  #bytes: number
  #waiting: (() => void)[] = []

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  get bytes(): number {
    return this.#bytes
  }

  take(bytes: number): void {
    this.#bytes -= bytes
  }

  /** A change of the settings may leave less than nothing. */
  give(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > MAX_WINDOW_BYTES) throw new Http2Error('FLOW_CONTROL_ERROR', 'a window beyond its limit')
    if (this.#bytes > 0) this.wake()
  }

  /** Lets everyone look again: the window is larger, or its stream is over. */
  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }

  changed(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }
}
