import type { EngineEvent } from './event.ts'

export type EventFilters = ReadonlyMap<string, readonly string[]>

/** The keys that the `filters` of GET /events may have. Source: moby daemon/events. */
export const EVENT_FILTERS = [
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
] as const

/** These match the ID or the name of the actor, by prefix. */
const BY_NAME = ['daemon', 'container', 'plugin', 'volume', 'network', 'node', 'service', 'secret', 'config'] as const
const WITH_DETAIL = ['health_status', 'exec_create', 'exec_start']

/** Docker's rule: every key must match, within a key any of its values (labels: all of them). */
export function eventMatches(filters: EventFilters, event: EngineEvent): boolean {
  if (filters.size === 0) return true
  return (
    actionMatches(filters, event.Action) &&
    exact(filters, 'type', event.Type) &&
    exact(filters, 'scope', event.scope) &&
    BY_NAME.every(key => byName(filters, key, event)) &&
    imageMatches(filters, event) &&
    labelsMatch(filters, event.Actor.Attributes)
  )
}

const valuesOf = (filters: EventFilters, key: string): readonly string[] => filters.get(key) ?? []

function exact(filters: EventFilters, key: string, value: string): boolean {
  const wanted = valuesOf(filters, key)
  return wanted.length === 0 || wanted.includes(value)
}

function byPrefix(filters: EventFilters, key: string, value: string): boolean {
  const wanted = valuesOf(filters, key)
  return wanted.length === 0 || wanted.some(start => value.startsWith(start))
}

/** `exec_create: ls` has the command in the action: filters that name one of these actions match by prefix. */
function actionMatches(filters: EventFilters, action: string): boolean {
  const loose = valuesOf(filters, 'event').some(wanted => WITH_DETAIL.includes(wanted))
  return loose ? byPrefix(filters, 'event', action) : exact(filters, 'event', action)
}

function byName(filters: EventFilters, key: string, { Actor }: EngineEvent): boolean {
  return byPrefix(filters, key, Actor.ID) || byPrefix(filters, key, Actor.Attributes['name'] ?? '')
}

function imageMatches(filters: EventFilters, { Type, Actor }: EngineEvent): boolean {
  const name = Actor.Attributes[Type === 'image' ? 'name' : 'image'] ?? ''
  return [Actor.ID, name, withoutTag(Actor.ID), withoutTag(name)].some(value => exact(filters, 'image', value))
}

const withoutTag = (reference: string): string => reference.replace(/(@[^@/]+|:[^:/]+)$/, '')

function labelsMatch(filters: EventFilters, attributes: Record<string, string>): boolean {
  return valuesOf(filters, 'label').every(wanted => {
    const at = wanted.indexOf('=')
    const key = at < 0 ? wanted : wanted.slice(0, at)
    return Object.hasOwn(attributes, key) && (at < 0 || attributes[key] === wanted.slice(at + 1))
  })
}
