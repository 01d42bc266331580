import { httpFaults } from './faults.ts'
import type { ApiVersion, Operation } from './operation.ts'
import { versionOf } from './version.ts'

/**
 * Finds the operation of a method and a path. Paths are taken apart before they are decoded, so an encoded slash stays in
 * its part, and the path that is matched is the path that is served: empty parts, `.` and `..` (also encoded) match nothing.
 */
export type Router = (method: string, target: string) => Match | undefined
/** `search` is the query with its `?`, or ''. */
export type Match = { operation: Operation; params: Record<string, string>; version: ApiVersion; search: string }

type Node = { literal: Map<string, Node>; one?: Branch; many?: Branch; operation?: Operation }
type Branch = { name: string; node: Node }
type Found = { operation: Operation; params: Record<string, string> }

const VERSION = /^\/v([0-9.]+)(?=\/)/
const newNode = (): Node => ({ literal: new Map() })

/** Throws (a bug of ours) when two operations have one method and path. */
export function createRouter(operations: Operation[]): Router {
  const trees = new Map<string, Node>()
  for (const operation of operations) {
    const tree = trees.get(operation.method) ?? newNode()
    trees.set(operation.method, tree)
    insert(tree, operation)
  }
  return (method, target) => {
    const { path, search } = takeApart(target)
    const prefix = VERSION.exec(path)?.[1]
    const version = versionOf(prefix)
    const tree = trees.get(method)
    const parts = tree && partsOf(prefix === undefined ? path : path.slice(prefix.length + 2))
    const found = tree && parts && find(tree, parts, 0)
    if (!found || (found.operation.since && !version.atLeast(found.operation.since))) return undefined
    return { ...found, version, search }
  }
}

/** A target is a path or, sent to proxies, `http://host/path`. */
function takeApart(target: string): { path: string; search: string } {
  const local = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?#]*/i, '')
  const at = local.indexOf('?')
  return at < 0 ? { path: local, search: '' } : { path: local.slice(0, at), search: local.slice(at) }
}

function insert(tree: Node, operation: Operation): void {
  let node = tree
  for (const part of operation.path.split('/').slice(1)) node = childFor(node, part)
  if (node.operation) throw new Error(`${operation.id} and ${node.operation.id} have the same path`)
  node.operation = operation
}

function childFor(node: Node, part: string): Node {
  const parameter = /^\{(\w+)(\*?)\}$/.exec(part)
  if (parameter) return branchFor(node, parameter[2] ? 'many' : 'one', parameter[1] ?? '')
  const child = node.literal.get(part) ?? newNode()
  node.literal.set(part, child)
  return child
}

/** Two operations may call the same parameter by two names only if one of them never sees a request: refused. */
function branchFor(node: Node, kind: 'one' | 'many', name: string): Node {
  const branch = node[kind] ?? { name, node: newNode() }
  if (branch.name !== name) throw new Error(`a path has {${name}} where another has {${branch.name}}`)
  node[kind] = branch
  return branch.node
}

/** The decoded parts; undefined where a path is not in its plain form. One slash at the end is let pass, as Docker does. */
function partsOf(path: string): string[] | undefined {
  const parts = path.split('/').slice(1)
  if (parts.length > 1 && parts.at(-1) === '') parts.pop()
  const decoded = path.includes('%') ? parts.map(decode) : parts
  return decoded.some(part => part === '' || part === '.' || part === '..' || part.includes('\0')) ? undefined : decoded
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw httpFaults.BAD_ESCAPE(part.slice(0, 100))
  }
}

function find(node: Node, parts: string[], at: number): Found | undefined {
  const part = parts[at]
  if (part === undefined) return node.operation && { operation: node.operation, params: {} }
  const literal = node.literal.get(part)
  return (
    (literal && find(literal, parts, at + 1)) ??
    (node.one && named(find(node.one.node, parts, at + 1), node.one.name, part)) ??
    (node.many && findMany(node.many, parts, at))
  )
}

/** The longest name first: in `/images/a/json/json` the name is `a/json`. */
function findMany({ name, node }: Branch, parts: string[], at: number): Found | undefined {
  for (let end = parts.length; end > at; end--) {
    const found = find(node, parts, end)
    if (found) return named(found, name, parts.slice(at, end).join('/'))
  }
  return undefined
}

function named(found: Found | undefined, name: string, value: string): Found | undefined {
  if (found) found.params[name] = value
  return found
}
