import type { Duplex } from 'node:stream'

/** The raw connection below HTTP/2. */
export type Transport = {
  /** Ends when the other side has ended. */
  chunks: AsyncIterable<Uint8Array>
  /** Resolves when more can be taken. */
  write(bytes: Uint8Array): Promise<void>
  close(): void
}

export const transportOf = (connection: Duplex): Transport => ({
  chunks: connection,
  write: bytes => writeTo(connection, bytes),
  close: () => void connection.destroy(),
})

async function writeTo(connection: Duplex, bytes: Uint8Array): Promise<void> {
  if (connection.destroyed || connection.write(bytes)) return
  await new Promise<void>(resolve => {
    const done = () => {
      connection.off('drain', done)
      connection.off('close', done)
      resolve()
    }
    connection.on('drain', done)
    connection.on('close', done)
  })
}
