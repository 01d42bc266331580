import type { EngineEvent } from './event.ts'

/** Below API 1.52 a message also has the fields of the first versions. */
export type EventShape = { legacy: boolean }

/** One event as JSON, `timeNano` in all its digits, which no JavaScript number holds. */
export function printEvent(event: EngineEvent, { legacy }: EventShape): string {
  const old = legacy ? legacyFields(event) : {}
  const { Type, Action, Actor, scope, time, timeNano } = event
  return `${JSON.stringify({ ...old, Type, Action, Actor, scope, time }).slice(0, -1)},"timeNano":${timeNano}}`
}

/** Only containers and images had them. */
function legacyFields({ Type, Action, Actor }: EngineEvent): { status?: string; id?: string; from?: string } {
  if (Type === 'container') {
    const from = Actor.Attributes['image']
    return { status: Action, id: Actor.ID, ...(from ? { from } : {}) }
  }
  return Type === 'image' ? { status: Action, id: Actor.ID } : {}
}
