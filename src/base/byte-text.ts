/**
 * A file name or path as the kernel has it: a string whose characters are bytes (U+0000 to U+00FF). Names in archives and
 * on disk need not be UTF-8; this keeps every one of them whole, and still splits and compares as a string does.
 */
export type ByteText = string

export const toBytes = (text: ByteText): Buffer => Buffer.from(text, 'latin1')
export const fromBytes = (bytes: Uint8Array): ByteText =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
/** The bytes of ordinary text, as UTF-8. */
export const byteText = (text: string): ByteText =>
  isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
/** Text for people and for JSON; bytes that are no UTF-8 become U+FFFD. */
export const plainText = (name: ByteText): string =>
  isAscii(name) ? name : Buffer.from(name, 'latin1').toString('utf8')

const isAscii = (text: string) => !/[^\x00-\x7f]/.test(text)
