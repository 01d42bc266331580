import type { Field, Kind } from './fields.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

// biome-ignore lint/suspicious/noExplicitAny: a table may have fields of any type, each checked where it is used
export type Fields = Record<string, Field<any>>
export type ValueOf<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never }

/** A message by its table of fields: reads, writes, and is itself a kind of field. */
export type Message<T> = Kind<T> & {
  decode(bytes: Uint8Array): T
  /** What is not given has its default. */
  encode(value: Partial<T>): Buffer
  of(value: Partial<T>): T
}

/** Unknown fields are skipped: they are of a newer version. Throws {@link ProtobufError} at bytes that are no message. */
export function message<F extends Fields>(fields: F): Message<ValueOf<F>> {
  type Value = ValueOf<F>
  const entries = Object.entries(fields)
  const byNumber = new Map(entries.map(([name, field]) => [field.number, { name, field }]))
  const zero = (): Value => Object.fromEntries(entries.map(([name, field]) => [name, field.initial()])) as Value

  const decode = (bytes: Uint8Array): Value => {
    const value: Record<string, unknown> = zero()
    const reader = new Reader(bytes)
    while (!reader.isAtEnd) {
      const { number, wireType } = reader.tag()
      const known = byNumber.get(number)
      if (known) value[known.name] = known.field.read(reader, wireType, value[known.name])
      else reader.skip(wireType)
    }
    return value as Value
  }
  const encode = (value: Partial<Value>): Buffer => {
    const writer = new Writer()
    for (const [name, field] of entries) if (value[name] !== undefined) field.write(writer, value[name])
    return writer.finish()
  }
  return {
    wireType: 2,
    zero,
    read: reader => decode(reader.bytes()),
    write: (writer, value) => writer.bytes(encode(value)),
    isDefault: () => false,
    decode,
    encode,
    of: value => ({ ...zero(), ...value }),
  }
}
