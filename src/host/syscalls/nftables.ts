import { CString, dlopen, type Pointer } from 'bun:ffi'
import { cString } from './call.ts'

/** libnftables(3). Loaded on first use: only the network worker needs it. */
const load = () =>
  dlopen('libnftables.so.1', {
    nft_ctx_new: { args: ['u32'], returns: 'ptr' },
    nft_ctx_free: { args: ['ptr'], returns: 'void' },
    nft_ctx_output_set_flags: { args: ['ptr', 'u32'], returns: 'void' },
    nft_ctx_buffer_output: { args: ['ptr'], returns: 'i32' },
    nft_ctx_buffer_error: { args: ['ptr'], returns: 'i32' },
    nft_ctx_get_output_buffer: { args: ['ptr'], returns: 'ptr' },
    nft_ctx_get_error_buffer: { args: ['ptr'], returns: 'ptr' },
    nft_run_cmd_from_buffer: { args: ['ptr', 'ptr'], returns: 'i32' },
  }).symbols

const OUTPUT_JSON = 1 << 4
const OUTPUT_HANDLE = 1 << 3
const OUTPUT_NUMERIC = 0b1111_0000_00

/** The firewall of the network namespace in which the first call was made. */
export class Nftables implements Disposable {
  readonly #library = load()
  readonly #context: Pointer

  constructor() {
    const context = this.#library.nft_ctx_new(0)
    if (context === null || typeof context === 'bigint') throw new Error('nft_ctx_new: out of memory')
    this.#context = context
    this.#library.nft_ctx_buffer_output(context)
    this.#library.nft_ctx_buffer_error(context)
  }

  /** Carries out all commands of the text in one transaction, or none; the error is the library's own words. */
  run(commands: string): string {
    return this.#run(commands, 0)
  }

  /** What a `list` command answers, as libnftables-json(5) has it. */
  list(command: string): NftObject[] {
    const answer: { nftables: NftObject[] } = JSON.parse(this.#run(command, OUTPUT_JSON | OUTPUT_HANDLE))
    return answer.nftables
  }

  #run(commands: string, flags: number): string {
    this.#library.nft_ctx_output_set_flags(this.#context, flags | (flags ? OUTPUT_NUMERIC : 0))
    const status = this.#library.nft_run_cmd_from_buffer(this.#context, cString(commands))
    const output = textOf(this.#library.nft_ctx_get_output_buffer(this.#context))
    const error = textOf(this.#library.nft_ctx_get_error_buffer(this.#context))
    if (status !== 0) throw new NftablesError(error.trim())
    return output
  }

  [Symbol.dispose](): void {
    this.#library.nft_ctx_free(this.#context)
  }
}

/** One object of a listing: `{ table: … }`, `{ chain: … }`, `{ rule: … }`. */
export type NftObject = Record<string, unknown>

export class NftablesError extends Error {
  constructor(text: string) {
    super(`nftables: ${text || 'refused'}`)
    this.name = 'NftablesError'
  }
}

const textOf = (pointer: Pointer | bigint | null): string =>
  pointer === null ? '' : new CString(Number(pointer) as Pointer).toString()
