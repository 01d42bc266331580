import { YAML } from 'bun'
import type { SwaggerOperation } from '../src/api/engine/swagger-operations.table.ts'

type Document = { paths: Record<string, Record<string, { operationId?: string }>> }

/** Every operation of the API's description, in its order. */
export function operationsOf(yaml: string): SwaggerOperation[] {
  const { paths } = YAML.parse(yaml) as Document
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId }]) =>
      operationId ? [[operationId, method.toUpperCase(), spanning(path)] as SwaggerOperation] : [],
    ),
  )
}

/** Names of images, plugins and what a registry has carry slashes. */
const spanning = (path: string): string =>
  /^\/(images|plugins|distribution)\//.test(path) ? path.replace('{name}', '{name*}') : path

export function printTable(operations: SwaggerOperation[]): string {
  const rows = operations.map(row => `  [${row.map(word => `'${word}'`).join(', ')}],`)
  return `/** Made by scripts/swagger-table.ts from swagger.yaml 1.55: operationId, method, path. */
export type SwaggerOperation = readonly [
  id: string,
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE',
  path: string,
]

export const SWAGGER_OPERATIONS: readonly SwaggerOperation[] = [
${rows.join('\n')}
]
`
}
