/**
 * Writes src/api/engine/swagger-operations.table.ts from the API's description.
 * usage: bun scripts/swagger-table.ts …/swagger.yaml
 */
import { join } from 'node:path'
import { operationsOf, printTable } from './swagger.ts'

const [source] = process.argv.slice(2)
if (!source) throw new Error('usage: bun scripts/swagger-table.ts SWAGGER_YAML')
const target = join(import.meta.dir, '../src/api/engine/swagger-operations.table.ts')
await Bun.write(target, printTable(operationsOf(await Bun.file(source).text())))
