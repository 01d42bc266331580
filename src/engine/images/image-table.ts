import type { Digest } from '../../formats/digest/digest.ts'
import type { Database } from '../../store/database/database.ts'

/**
 * The rows behind the images. A row exists only for an image that is whole; everything else (layers, platform, labels) is read
 * from the config. `removed` is an image that was deleted by force while containers still stand on its layers.
 */
export type ImageRow = {
  id: Digest
  config: Uint8Array
  manifest: Uint8Array | null
  manifest_type: string | null
  manifest_digest: string | null
  parent: string
  /** RFC 3339, '' for never. */
  last_tagged: string
  removed: number
}
export type ReferenceRow = { name: string; image: Digest }

const MIGRATIONS = [
  `CREATE TABLE images (
     id TEXT PRIMARY KEY,
     config BLOB NOT NULL,
     manifest BLOB,
     manifest_type TEXT,
     manifest_digest TEXT,
     parent TEXT NOT NULL DEFAULT '',
     last_tagged TEXT NOT NULL DEFAULT '',
     removed INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE image_references (
     name TEXT PRIMARY KEY,
     image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE
   ) STRICT;
   CREATE INDEX image_references_by_image ON image_references (image);`,
]

/** Commits here are full: what a client was told to be there survives a power cut. */
export class ImageTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    database.migrate('images', MIGRATIONS)
  }

  images(): ImageRow[] {
    return this.#database.all('SELECT * FROM images')
  }

  image(id: string): ImageRow | undefined {
    return this.#database.get('SELECT * FROM images WHERE id = ?', id)
  }

  references(): ReferenceRow[] {
    return this.#database.all('SELECT name, image FROM image_references')
  }

  transaction<T>(work: () => T): T {
    return this.#database.transaction(work)
  }

  put(row: ImageRow): void {
    this.#database.run(
      `INSERT INTO images (id, config, manifest, manifest_type, manifest_digest, parent, last_tagged, removed)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0)
       ON CONFLICT (id) DO UPDATE SET removed = 0, manifest = coalesce(excluded.manifest, manifest),
         manifest_type = coalesce(excluded.manifest_type, manifest_type),
         manifest_digest = coalesce(excluded.manifest_digest, manifest_digest)`,
      row.id,
      row.config,
      row.manifest,
      row.manifest_type,
      row.manifest_digest,
      row.parent,
      row.last_tagged,
    )
  }

  setReference(name: string, image: string): void {
    this.#database.run('INSERT OR REPLACE INTO image_references (name, image) VALUES (?, ?)', name, image)
  }

  setTagged(image: string, time: string): void {
    this.#database.run('UPDATE images SET last_tagged = ? WHERE id = ?', time, image)
  }

  removeReference(name: string): void {
    this.#database.run('DELETE FROM image_references WHERE name = ?', name)
  }

  /** Keeps the row, and with it the layers, for the containers that need them. */
  markRemoved(image: string): void {
    this.#database.run('UPDATE images SET removed = 1 WHERE id = ?', image)
    this.#database.run('DELETE FROM image_references WHERE image = ?', image)
  }

  remove(image: string): void {
    this.#database.run('DELETE FROM images WHERE id = ?', image)
  }
}
