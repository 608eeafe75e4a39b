import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiCollection } from '../../test/kit/api_collection.ts'
import { ApiServer, sendJson, sendStatus, statusOf } from '../../test/kit/api_server.ts'
import { cleansUp, eventually, tempDir } from '../../test/kit/fixtures.ts'
import type { KubernetesClient } from './client.ts'
import type { Reflector } from './reflector.ts'
import { clientOf, PODS, reflecting } from './reflecting_for_tests.ts'

cleansUp()

let server: ApiServer
let pods: ApiCollection
let client: KubernetesClient
let tokenFile: string
let running: Reflector<never, never>[]

beforeEach(async () => {
  server = await ApiServer.start()
  pods = server.pods()
  const dir = tempDir('kubeconfig')
  tokenFile = join(dir, 'token')
  writeFileSync(tokenFile, 'first')
  const kubeconfig = join(dir, 'config')
  writeFileSync(kubeconfig, kubeconfigOf(server.origin))
  client = await clientOf({ auth_type: 'kubeConfig', kubeconfig })
  running = []
})

afterEach(async () => {
  await Promise.all(running.map((reflector) => reflector.stop()))
  client.close()
  await server.stop()
})

function kubeconfigOf(origin: string): string {
  return JSON.stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: origin } }],
    users: [{ name: 'test', user: { tokenFile: 'token' } }],
  })
}

function begin(given: Parameters<typeof reflecting>[1] = {}) {
  const made = reflecting(client, given)
  running.push(made.reflector as unknown as Reflector<never, never>)
  made.reflector.start()
  const watching = async (): Promise<void> =>
    eventually(() => {
      expect(made.reflector.state.phase).toBe('watching')
      expect(pods.watches).toBe(1)
    })
  const told = async (...changes: string[]): Promise<void> =>
    eventually(() => expect(made.told).toEqual(changes))
  /** Waits until it waits, and lets the wait pass. */
  const again = async (): Promise<void> => {
    await eventually(() => expect(made.reflector.state.phase).toBe('waiting'))
    await made.clock.advance(45_000)
  }
  return { ...made, watching, told, again, seen: made.told }
}

const lists = (): number => server.asked.filter(({ query }) => !query['watch']).length
const watches = (): Record<string, string>[] =>
  server.asked.flatMap(({ query }) => (query['watch'] ? [query] : []))

describe('a list and its watch', () => {
  it('tell what is there, and what comes afterwards', async () => {
    pods.put('web')
    const { told, watching, reflector } = begin()
    await watching()
    pods.put('db')
    pods.put('web')
    pods.remove('db')
    await told('ADDED web initial', 'ADDED db watch', 'MODIFIED web watch', 'DELETED db watch')
    const [key, known] = [...reflector.objects][0] ?? []
    expect([key, known?.uid, known?.kept]).toEqual(['shop/web', 'uid-web', 'web'])
    expect(reflector.objects.size).toBe(1)
  })

  it('come in pages of 500', async () => {
    for (let i = 0; i < 1_001; i++) pods.put(`pod-${i}`)
    const { seen, watching } = begin()
    await watching()
    expect(seen).toHaveLength(1_001)
    expect(server.asked.map(({ query }) => query['limit'])).toEqual([
      '500',
      '500',
      '500',
      undefined,
    ])
  })

  it('lose nothing that happens between them', async () => {
    server.fail({ watch: true }, (response) => {
      pods.put('db')
      pods.remove('web')
      sendStatus(response, 500, 'InternalError', 'etcdserver: leader changed')
    })
    pods.put('web')
    const { told, again } = begin()
    await again()
    await told('ADDED web initial', 'ADDED db watch', 'DELETED web watch')
    expect(lists()).toBe(1)
  })

  it('ask for the namespace, the selectors and bookmarks, and for metadata alone', async () => {
    pods.put('web', { spec: { nodeName: 'n1' } })
    pods.put('far', {}, 'bank')
    const objects: unknown[] = []
    begin({
      collection: {
        resource: PODS,
        namespace: 'shop',
        labelSelector: 'app=web',
        fieldSelector: 'spec.nodeName=n1',
        metadataOnly: true,
      },
      trim: (object) => (objects.push(object), object),
    })
    await eventually(() => expect(pods.watches).toBe(1))
    pods.put('web', { spec: { nodeName: 'n1' } })
    await eventually(() => expect(objects).toHaveLength(2))
    const metadata = { name: 'web', namespace: 'shop', uid: 'uid-web' }
    for (const object of objects) {
      expect(object).toMatchObject({ apiVersion: 'v1', kind: 'Pod', metadata })
      expect(object).not.toHaveProperty('spec')
    }
    const [list, watch] = server.asked
    expect(list?.path).toBe('/api/v1/namespaces/shop/pods')
    expect(list?.query).toEqual({
      labelSelector: 'app=web',
      fieldSelector: 'spec.nodeName=n1',
      limit: '500',
    })
    expect(watch?.query).toEqual({
      labelSelector: 'app=web',
      fieldSelector: 'spec.nodeName=n1',
      watch: '1',
      resourceVersion: expect.stringMatching(/^\d+$/) as string,
      allowWatchBookmarks: 'true',
      timeoutSeconds: '450',
    })
    expect(watch?.headers['user-agent']).toBe('waggle/0.0.0-test')
  })

  it.each([
    [0, '300'],
    [0.999, '600'],
  ])('ask the server to end the watch after 5 to 10 minutes (%f)', async (random, seconds) => {
    const { watching } = begin({ random: () => random })
    await watching()
    expect(watches()[0]?.['timeoutSeconds']).toBe(seconds)
  })
})

describe('a watch that ends', () => {
  it('in order goes on at once from the last bookmark, without another list', async () => {
    const { reflector, watching, clock } = begin()
    await watching()
    pods.compact()
    await clock.advance(60_000)
    pods.bookmark()
    const { version } = pods
    await eventually(() => expect(reflector.counts.silenceMs).toBe(0))
    pods.end()
    await eventually(() => expect(watches()).toHaveLength(2))
    await watching()
    expect(watches()[1]?.['resourceVersion']).toBe(version)
    expect(lists()).toBe(1)
  })

  it('in order but at once is begun again after a wait', async () => {
    const { reflector, watching, again } = begin()
    await watching()
    pods.end()
    await again()
    await watching()
    expect([...reflector.counts.watchEnds]).toEqual([['ended', 1]])
  })

  it('in the middle of an event goes on from the event before it', async () => {
    const { reflector, watching, again, told } = begin()
    await watching()
    const web = pods.put('web')
    await told('ADDED web watch')
    pods.lose()
    pods.put('db')
    let cut = (): void => {}
    server.fail({ watch: true }, (response) => {
      response.writeHead(200)
      response.write(`{"type":"ADDED","object":{"metadata":{"name":"d`)
      cut = () => response.socket?.resetAndDestroy()
    })
    pods.reset()
    await again()
    await eventually(() => expect(reflector.state.phase).toBe('watching'))
    cut()
    await again()
    await told('ADDED web watch', 'ADDED db watch')
    expect(
      watches()
        .slice(1)
        .map(({ resourceVersion }) => resourceVersion),
    ).toEqual([web.metadata.resourceVersion, web.metadata.resourceVersion])
    expect([...reflector.counts.watchEnds]).toEqual([['reset', 2]])
  })

  it('without the end of a line is taken for broken', async () => {
    const { reflector, watching, again } = begin()
    await watching()
    pods.raw('{"type":"BOOKMARK"')
    pods.end()
    await again()
    expect([...reflector.counts.watchEnds]).toEqual([['reset', 1]])
  })

  it('because nothing is heard any more is given up by the watchdog', async () => {
    const { reflector, watching, told, clock, again } = begin()
    await watching()
    await clock.advance(100_000)
    pods.bookmark()
    await eventually(() => expect(reflector.counts.silenceMs).toBe(0))
    pods.lose()
    pods.put('web')
    await clock.advance(149_999)
    expect(reflector.state.phase).toBe('watching')
    await clock.advance(1)
    await again()
    await told('ADDED web watch')
    expect([...reflector.counts.watchEnds]).toEqual([['silent', 1]])
  })

  it('later than it should is given up where there are no bookmarks', async () => {
    const { reflector, watching, told, clock, again } = begin()
    await watching()
    pods.lose()
    pods.put('web')
    await clock.advance(479_999)
    expect(reflector.state.phase).toBe('watching')
    await clock.advance(1)
    await again()
    await told('ADDED web watch')
    expect([...reflector.counts.watchEnds]).toEqual([['silent', 1]])
  })

  it('is not taken for silent while we do not listen ourselves', async () => {
    let release = (): void => {}
    const blocked = new Promise<void>((resolve) => (release = resolve))
    const { reflector, watching, clock } = begin({
      onChange: ({ type }) => (type === 'ADDED' ? blocked : undefined),
    })
    await watching()
    pods.bookmark()
    pods.put('web')
    await eventually(() => expect(reflector.counts.events.get('ADDED')).toBe(1))
    await clock.advance(1_000_000)
    release()
    pods.put('web')
    await eventually(() => expect(reflector.counts.events.get('MODIFIED')).toBe(1))
    expect(reflector.counts.watchEnds.size).toBe(0)
  })
})

describe('a version that is gone', () => {
  const differences = [
    'ADDED kept initial',
    'ADDED lost initial',
    'ADDED changed initial',
    'MODIFIED changed list',
    'ADDED new list',
    'VANISHED lost',
  ]

  async function missed() {
    for (const name of ['kept', 'lost', 'changed']) pods.put(name)
    const made = begin()
    await made.watching()
    pods.lose()
    pods.put('changed')
    pods.put('new')
    pods.remove('lost')
    pods.compact()
    return made
  }

  it('as an answer to the watch lists again, and tells the differences', async () => {
    const { reflector, again, told, watching } = await missed()
    pods.reset()
    await again()
    await eventually(() => expect(watches()).toHaveLength(2))
    await again()
    await told(...differences)
    await watching()
    expect([...reflector.counts.lists]).toEqual([
      ['initial', 1],
      ['gone', 1],
    ])
  })

  it('as an event of the watch lists again, and tells the differences', async () => {
    const { again, told, watching } = await missed()
    server.fail({ watch: true }, (response) => {
      response.writeHead(200)
      const status = statusOf(410, 'Expired', 'too old resource version: 101 (109)')
      response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
    })
    pods.reset()
    await again()
    await eventually(() => expect(watches()).toHaveLength(2))
    await again()
    await told(...differences)
    await watching()
  })

  it('for a page of the list begins the list again, and tells nothing twice', async () => {
    for (let i = 0; i < 600; i++) pods.put(`pod-${i}`)
    server.fail({ continued: true }, (response) => {
      pods.remove('pod-0')
      pods.compact()
      sendStatus(response, 410, 'Expired', 'The provided continue parameter is too old')
    })
    const { seen, watching, reflector } = begin()
    await watching()
    expect(seen).toHaveLength(601)
    expect(new Set(seen).size).toBe(601)
    expect(seen.at(-1)).toBe('VANISHED pod-0')
    expect(reflector.objects.size).toBe(599)
    expect([...reflector.counts.lists]).toEqual([
      ['initial', 1],
      ['gone', 1],
    ])
  })

  it('for pages again and again asks for all at once in the end', async () => {
    for (let i = 0; i < 600; i++) pods.put(`pod-${i}`)
    server.fail(
      { continued: true },
      (response) => sendStatus(response, 410, 'Expired', 'too old'),
      2,
    )
    const { seen, watching } = begin()
    await watching()
    expect(seen).toHaveLength(600)
    const limits = server.asked.map(({ query }) => query['limit'])
    expect(limits.slice(0, 4)).toEqual(['500', '500', '500', '500'])
    expect(limits.slice(4)).toEqual([undefined, undefined])
  })

  it('tells of a name that has a new owner that the old one vanished first', async () => {
    pods.put('web')
    const { watching, again, told } = begin()
    await watching()
    pods.lose()
    pods.put('web', { metadata: { uid: 'another' } })
    pods.compact()
    pods.reset()
    await again()
    await eventually(() => expect(watches()).toHaveLength(2))
    await again()
    await told('ADDED web initial', 'VANISHED web', 'ADDED web list')
  })
})

describe('a refusal', () => {
  it('of the token reads it anew', async () => {
    server.token = 'second'
    pods.put('web')
    const { reflector, again, told } = begin()
    await eventually(() => expect(reflector.state.phase).toBe('waiting'))
    expect(reflector.state.problem).toBe('GET /api/v1/pods: 401 Unauthorized Unauthorized')
    writeFileSync(tokenFile, 'second')
    await again()
    await told('ADDED web initial')
    expect(server.asked.map(({ headers }) => headers.authorization).slice(0, 2)).toEqual([
      'Bearer first',
      'Bearer second',
    ])
    expect([...reflector.counts.listEnds]).toEqual([['unauthorized', 1]])
  })

  it('for now is heeded for as long as the server asks', async () => {
    const busy = { 'retry-after': '7' }
    server.fail({}, (response) => sendStatus(response, 429, 'TooManyRequests', 'too many', busy))
    const { reflector, clock, watching } = begin()
    await eventually(() => expect(reflector.state.phase).toBe('waiting'))
    await clock.advance(6_999)
    expect(server.asked).toHaveLength(1)
    await clock.advance(1)
    await watching()
    expect([...reflector.counts.listEnds]).toEqual([['throttled', 1]])
  })

  it('makes it wait twice as long each time, up to 30 seconds', async () => {
    server.fail({}, (response) => sendStatus(response, 500, 'InternalError', 'etcdserver'), 7)
    const { reflector, clock, watching } = begin()
    for (const ms of [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]) {
      await eventually(() => expect(reflector.state.phase).toBe('waiting'))
      const before = server.asked.length
      await clock.advance(ms - 1)
      expect(server.asked).toHaveLength(before)
      await clock.advance(1)
      await eventually(() => expect(server.asked.length).toBeGreaterThan(before))
    }
    await watching()
    await clock.advance(10)
    pods.bookmark()
    await eventually(() => expect(reflector.counts.silenceMs).toBe(0))
    pods.reset()
    await eventually(() => expect(reflector.state.phase).toBe('waiting'))
    await clock.advance(800)
    await watching()
  })

  it.each([
    [403, 'Forbidden', 'forbidden'],
    [404, 'NotFound', 'not_found'],
  ])('with %i makes it look in the other group', async (status, reason, counted) => {
    const found = server.collection('/apis/example.com/v1', 'pods', 'Pod')
    found.put('web')
    server.fail({ path: '/api/v1/pods' }, (r) => sendStatus(r, status, reason, 'no'), 100)
    const otherwise = { ...PODS, group: 'example.com' }
    const { reflector, again, told } = begin({ otherwise })
    await again()
    await told('ADDED web initial')
    expect(reflector.state.resource.group).toBe('example.com')
    expect([...reflector.counts.listEnds]).toEqual([[counted, 1]])
  })

  it('with 500 in the middle of a watch goes on from where it was', async () => {
    const { reflector, watching, again, told } = begin()
    await watching()
    pods.put('web')
    pods.error(statusOf(500, 'InternalError', 'etcd event received with no value'))
    await again()
    pods.put('db')
    await told('ADDED web watch', 'ADDED db watch')
    expect(lists()).toBe(1)
    expect([...reflector.counts.watchEnds]).toEqual([['server_error', 1]])
  })
})

describe('what nobody can read', () => {
  it.each([
    ['no JSON', 'nonsense\n'],
    ['no event', '{"type":"ADDED"}\n'],
    ['an unknown type', '{"type":"RENAMED","object":{"metadata":{}}}\n'],
  ])('%s in a watch lists again', async (_, text) => {
    const { reflector, watching, again } = begin()
    await watching()
    pods.raw(text)
    await again()
    await watching()
    expect([...reflector.counts.lists]).toEqual([
      ['initial', 1],
      ['malformed', 1],
    ])
  })

  it('as a list is tried again', async () => {
    server.fail({}, (response) => sendJson(response, 200, { kind: 'Surprise' }))
    const { reflector, again, watching } = begin()
    await eventually(() => expect(reflector.state.phase).toBe('waiting'))
    expect(reflector.state.problem).toBe('GET api/v1/pods: the answer is no list')
    await again()
    await watching()
  })
})

describe('lines', () => {
  it('may come in pieces, and be many megabytes long', async () => {
    const { watching, told } = begin()
    await watching()
    pods.put('large', { status: { message: 'ü'.repeat(4_000_000) } })
    const object = { metadata: { name: 'slow', uid: 'slow', resourceVersion: '999' } }
    for (const piece of JSON.stringify({ type: 'ADDED', object }).match(/.{1,9}/gs) ?? []) {
      pods.raw(piece)
      await new Promise((resolve) => void setImmediate(resolve))
    }
    pods.raw('\n')
    await told('ADDED large watch', 'ADDED slow watch')
  })
})

describe('back-pressure', () => {
  it('stops the reading until what was told is taken, and loses nothing', async () => {
    const taken: string[] = []
    let release = (): void => {}
    const { reflector, watching } = begin({
      onChange: async (change) => {
        if (taken.length === 0) await new Promise<void>((resolve) => (release = resolve))
        taken.push(change.type)
      },
    })
    await watching()
    for (let i = 0; i < 50; i++) pods.put(`pod-${i}`)
    await eventually(() => expect(reflector.counts.events.get('ADDED')).toBe(1))
    release()
    await eventually(() => expect(taken).toHaveLength(50))
  })
})

describe('resync', () => {
  it('lists again at the end of a watch when the last list is too old', async () => {
    const { reflector, watching, clock } = begin({ resyncMs: 60_000 })
    await watching()
    await clock.advance(59_000)
    pods.end()
    await eventually(() => expect(watches()).toHaveLength(2))
    await watching()
    expect(lists()).toBe(1)
    await clock.advance(1_000)
    pods.end()
    await eventually(() => expect(lists()).toBe(2))
    expect(reflector.counts.lists.get('resync')).toBe(1)
  })
})

describe('stop', () => {
  it('ends a watch at once', async () => {
    const { reflector, watching } = begin()
    await watching()
    await reflector.stop()
    expect(reflector.state.phase).toBe('stopped')
    await eventually(() => expect(pods.watches).toBe(0))
  })

  it('ends a list whose answer does not come', async () => {
    server.fail({}, () => {})
    const { reflector } = begin()
    await eventually(() => expect(server.asked).toHaveLength(1))
    await reflector.stop()
  })

  it('ends a wait', async () => {
    server.fail({}, (response) => sendStatus(response, 500, '', ''))
    const { reflector } = begin()
    await eventually(() => expect(reflector.state.phase).toBe('waiting'))
    await reflector.stop()
    expect(server.asked).toHaveLength(1)
  })

  it('ends while nobody takes what is told', async () => {
    const { reflector, watching } = begin({ onChange: () => new Promise(() => {}) })
    await watching()
    pods.put('web')
    await eventually(() => expect(reflector.counts.events.size).toBe(1))
    await reflector.stop()
  })

  it('tells nothing more', async () => {
    const { reflector, watching, seen } = begin()
    await watching()
    await reflector.stop()
    pods.put('web')
    expect(seen).toEqual([])
  })
})

describe('the log', () => {
  it('has a line when it cannot watch, and one when it can again', async () => {
    server.fail({}, (response) => sendStatus(response, 403, 'Forbidden', 'pods is forbidden'), 3)
    const { reflector, logged, again, watching } = begin()
    for (let i = 0; i < 3; i++) {
      await again()
      await eventually(() => expect(server.asked.length).toBeGreaterThan(i + 1))
    }
    await watching()
    const error = 'GET /api/v1/pods: 403 Forbidden pods is forbidden'
    expect(logged).toEqual([
      expect.stringContaining(`Cannot watch, trying again. resource=pods error="${error}"`),
      expect.stringContaining('Watching again. resource=pods failures=3'),
    ])
    expect(reflector.state.problem).toBe('')
  })
})
