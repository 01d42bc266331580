import { describe, expect, test } from 'bun:test'
import { parseReference } from '../../../formats/reference/reference.ts'
import { TestImages } from '../testing/test-images.ts'

const query = (filters: Record<string, string[]> = {}, isTrial = false) => ({
  filters: new Map(Object.entries(filters)),
  isTrial,
})

async function scene() {
  const store = new TestImages()
  const shared = { base: 'x'.repeat(1000) }
  const named = await store.make('named:1', shared, { a: 'y'.repeat(100) })
  const dangling = await store.make('was:1', shared, { b: 'z'.repeat(10) })
  await store.make('was:1', shared, { c: 'q'.repeat(1) })
  return { store, named, dangling, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

const ids = (store: TestImages) => store.images.list({ all: true }).map(({ Id }) => Id)

describe('image prune', () => {
  test('takes images without a name, and counts the layers that go with them', async () => {
    await using at = await scene()
    const { items, bytes } = await at.store.images.prune(query())
    expect(items[0]).toEqual({ Deleted: at.dangling })
    expect(bytes).toBe(10)
    expect(ids(at.store)).not.toContain(at.dangling)
    expect(at.store.events.slice(-2)).toEqual([`delete ${at.dangling} ${at.dangling}`, 'prune  undefined'])
  })

  test('a trial tells the same and changes nothing', async () => {
    await using at = await scene()
    for (const filters of [{}, { dangling: ['false'] }] as Record<string, string[]>[]) {
      const before = ids(at.store)
      const events = at.store.events.length
      const trial = await at.store.images.prune(query(filters, true))
      expect(ids(at.store)).toEqual(before)
      expect(at.store.events.length).toBe(events)
      expect(await at.store.images.prune(query(filters))).toEqual(trial)
    }
    expect(ids(at.store)).toEqual([])
    expect((await at.store.contents()).layers).toBe(0)
  })

  test('one that a container uses stays with all of its names', async () => {
    await using at = await scene()
    at.store.images.tag('named:1', parseReference('second:1'))
    at.store.users.set(at.named, [{ containerId: 'c'.repeat(64), running: false }])
    await at.store.images.prune(query({ dangling: ['false'] }))
    expect(at.store.images.list().map(({ RepoTags }) => RepoTags)).toEqual([['named:1', 'second:1']])
  })

  test('filters', async () => {
    await using at = await scene()
    expect((await at.store.images.prune(query({ label: ['x'] }))).items).toEqual([])
    await expect(at.store.images.prune(query({ dangling: ['abc'] }))).rejects.toThrow("invalid filter 'dangling=[abc]'")
  })
})
