import { describe, expect, test } from 'bun:test'
import { FakeRegistry } from '../testing/fake-registry.ts'
import { TestImages } from '../testing/test-images.ts'

const never = new AbortController().signal
const RESULT = { star_count: 7, is_official: true, name: 'bb', is_automated: false, description: 'a\x1b[31mb' }

async function index(answer: unknown = { num_results: 1, results: [RESULT] }) {
  const registry = await FakeRegistry.start()
  registry.intruder = (_, response, { url }) => {
    if (!url.startsWith('/v1/search')) return false
    response.writeHead(200).end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    return true
  }
  return registry
}

describe('search', () => {
  test('asks the index that the term names, and takes control characters out', async () => {
    await using registry = await index()
    await using store = new TestImages()
    const found = await store.images.search({ term: `${registry.host}/two words`, limit: 5 }, never)
    expect(found).toEqual([{ ...RESULT, description: 'a [31mb' }])
    expect(registry.heard.at(-1)?.url).toBe('/v1/search?q=two+words&n=5')
  })

  test('asks the mirrors of the Hub first, without credentials', async () => {
    await using registry = await index()
    await using store = new TestImages()
    store.settings = { ...store.settings, mirrors: [`http://${registry.host}`] }
    const credentials = { username: 'ann', password: 'x' }
    await store.images.search({ term: 'library/bb', limit: 25, credentials }, never)
    expect(registry.heard.at(-1)).toMatchObject({ url: '/v1/search?q=bb&n=25', authorization: undefined })
  })

  test.each(['nothing', '{"results":5}', '[]'])('an answer that is none: %s', async answer => {
    await using registry = await index(answer)
    await using store = new TestImages()
    const search = store.images.search({ term: `${registry.host}/x`, limit: 1 }, never)
    await expect(search).rejects.toThrow('the search result is not JSON')
  })

  test('a term with a scheme, and an index that is not there', async () => {
    await using store = new TestImages()
    await expect(store.images.search({ term: 'https://x', limit: 1 }, never)).rejects.toThrow(
      'should not have a scheme',
    )
    await expect(store.images.search({ term: '127.0.0.1:1/x', limit: 1 }, never)).rejects.toThrow('connection refused')
  })
})
