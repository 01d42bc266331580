import { ProtobufError, Reader } from './reader.ts'
import { Writer } from './writer.ts'

/**
 * One field of a message, as a table has it. `read` gets what was read so far (for repeated fields and maps) and gives the
 * value with the next occurrence; `write` leaves out what is the default, as proto3 does.
 */
export type Field<T> = {
  number: number
  initial: () => T
  read: (reader: Reader, wireType: number, before: T) => T
  write: (writer: Writer, value: T) => void
}

/** A kind of value that a field can have. `isDefault` values are not sent. */
export type Kind<T> = {
  wireType: 0 | 2
  zero: () => T
  read: (reader: Reader) => T
  write: (writer: Writer, value: T) => void
  isDefault: (value: T) => boolean
}

const kindOf = <T>(
  wireType: 0 | 2,
  zero: T,
  read: (reader: Reader) => T,
  write: (writer: Writer, value: T) => void,
): Kind<T> => ({ wireType, zero: () => zero, read, write, isDefault: value => value === zero })

export const text: Kind<string> = kindOf(
  2,
  '',
  reader => reader.bytes().toString('utf8'),
  (writer, value) => writer.bytes(Buffer.from(value, 'utf8')),
)
export const flag: Kind<boolean> = kindOf(
  0,
  false,
  reader => reader.varint() !== 0n,
  (writer, value) => writer.varint(value ? 1n : 0n),
)
/** int64 where all that is meant fits a number; what does not is brought to the nearest that does. */
export const integer: Kind<number> = kindOf(
  0,
  0,
  reader => clamp(BigInt.asIntN(64, reader.varint())),
  (writer, value) => writer.varint(BigInt(Math.trunc(value))),
)
export const long: Kind<bigint> = kindOf(
  0,
  0n,
  reader => BigInt.asIntN(64, reader.varint()),
  (writer, value) => writer.varint(value),
)
/** uint32; more is cut as protobuf says. */
export const unsigned: Kind<number> = kindOf(
  0,
  0,
  reader => Number(BigInt.asUintN(32, reader.varint())),
  (writer, value) => writer.varint(BigInt(value)),
)
export const bytes: Kind<Uint8Array> = {
  wireType: 2,
  zero: () => new Uint8Array(),
  // Not copied: a message has bytes of its own, and the content of files goes this way.
  read: reader => reader.bytes(),
  write: (writer, value) => writer.bytes(value),
  isDefault: value => value.length === 0,
}

function clamp(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER
  return value < Number.MIN_SAFE_INTEGER ? Number.MIN_SAFE_INTEGER : Number(value)
}

export const one = <T>(number: number, kind: Kind<T>): Field<T> => ({
  number,
  initial: kind.zero,
  read: (reader, wireType) => readValue(kind, reader, wireType),
  write: (writer, value) => {
    if (!kind.isDefault(value)) writeValue(writer, number, kind, value)
  },
})

/** Of messages, and of scalars in a oneof: there or not. */
export const maybe = <T>(number: number, kind: Kind<T>): Field<T | undefined> => ({
  number,
  initial: () => undefined,
  read: (reader, wireType) => readValue(kind, reader, wireType),
  write: (writer, value) => {
    if (value !== undefined) writeValue(writer, number, kind, value)
  },
})

export const many = <T>(number: number, kind: Kind<T>): Field<T[]> => ({
  number,
  initial: () => [],
  read: (reader, wireType, before) => {
    if (wireType === 2 && kind.wireType === 0) before.push(...unpacked(kind, reader.bytes()))
    else before.push(readValue(kind, reader, wireType))
    return before
  },
  write: (writer, values) => {
    for (const value of values) writeValue(writer, number, kind, value)
  },
})

/** Keys are text: no message here has others. Sent in order, so that equal messages are equal bytes. */
export const map = <T>(number: number, kind: Kind<T>): Field<Record<string, T>> => ({
  number,
  initial: () => Object.create(null) as Record<string, T>,
  read: (reader, wireType, before) => {
    if (wireType !== 2) throw new ProtobufError(`a map of wire type ${wireType}`)
    const [key, value] = readEntry(kind, new Reader(reader.bytes()))
    before[key] = value
    return before
  },
  write: (writer, values) => {
    for (const key of Object.keys(values).sort()) {
      const entry = new Writer()
      writeValue(entry, 1, text, key)
      writeValue(entry, 2, kind, values[key]!)
      writer.tag(number, 2).bytes(entry.finish())
    }
  },
})

function readEntry<T>(kind: Kind<T>, reader: Reader): [string, T] {
  let key = ''
  let value = kind.zero()
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag()
    if (number === 1) key = readValue(text, reader, wireType)
    else if (number === 2) value = readValue(kind, reader, wireType)
    else reader.skip(wireType)
  }
  return [key, value]
}

function readValue<T>(kind: Kind<T>, reader: Reader, wireType: number): T {
  if (wireType !== kind.wireType) throw new ProtobufError(`wire type ${wireType}, not ${kind.wireType}`)
  return kind.read(reader)
}

function writeValue<T>(writer: Writer, number: number, kind: Kind<T>, value: T): void {
  kind.write(writer.tag(number, kind.wireType), value)
}

function* unpacked<T>(kind: Kind<T>, packed: Uint8Array): Generator<T> {
  const reader = new Reader(packed)
  while (!reader.isAtEnd) yield kind.read(reader)
}
