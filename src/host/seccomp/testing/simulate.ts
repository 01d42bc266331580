/** One system call as a filter sees it (struct seccomp_data). */
export type Call = { architecture: number; number: number; args?: (number | bigint)[] }

export const X86_64 = 0xc000003e
export const I386 = 0x40000003
export const ALLOW = 0x7fff0000
export const errno = (number: number): number => 0x00050000 | number

/** Runs a filter as the kernel does, and gives its verdict. Throws for an instruction that seccomp does not take. */
export function verdict(program: Buffer, { architecture, number, args = [] }: Call): number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(number >>> 0, 0)
  data.writeUInt32LE(architecture, 4)
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 16 + index * 8)
  let accumulator = 0
  for (let at = 0; ; ) {
    const [code, ifTrue, ifFalse, value] = [0, 2, 3, 4].map(offset => read(program, at * 8 + offset, offset)) as [
      number,
      number,
      number,
      number,
    ]
    at++
    const jump = (holds: boolean) => {
      at += holds ? ifTrue : ifFalse
    }
    if (code === 0x06) return value
    if (code === 0x20) accumulator = data.readUInt32LE(value)
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0
    else if (code === 0x05) at += value
    else if (code === 0x15) jump(accumulator === value)
    else if (code === 0x25) jump(accumulator > value)
    else if (code === 0x35) jump(accumulator >= value)
    else if (code === 0x45) jump((accumulator & value) !== 0)
    else throw new Error(`instruction 0x${code.toString(16)}`)
  }
}

const read = (program: Buffer, at: number, field: number): number =>
  field === 0 ? program.readUInt16LE(at) : field === 4 ? program.readUInt32LE(at) : program.readUInt8(at)
