import { join } from 'node:path'
import { Blobs } from '../blobs/blobs.ts'
import { openDatabase } from '../database/database.ts'
import { Layers } from '../layers/layers.ts'
import { encodeMember } from './archive.ts'

/** A program for a test to kill: it brings a layer without end into the data root that it is given, and says when it has begun. */
const dataRoot = process.argv[2]!
const layers = new Layers(dataRoot, openDatabase(join(dataRoot, 'berth.db')), new Blobs(dataRoot))

async function* endless(): AsyncGenerator<Uint8Array> {
  for (let count = 0; ; count++) {
    yield encodeMember({ name: `d/f${count}`, content: 'x'.repeat(5000) })
    if (count % 500 === 499) {
      process.stdout.write('begun\n')
      await Bun.sleep(1)
    }
  }
}

await layers.ingest(endless(), {}, { keepBlob: true })
