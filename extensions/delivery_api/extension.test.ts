import { request } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, describe, expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { deliveryOf, FakeSource, START } from './fixtures.ts'
import { deliveryApi } from './index.ts'
import { openApiDocument } from './openapi.ts'
import { ROUTES } from './routes.ts'
import { endTrials, trialOf } from './trial.ts'

lifecycleTest(deliveryApi, { endpoint: '127.0.0.1:0' })
afterEach(endTrials)

const MINUTE = 60_000

/** Three pods, of which one had its name before, one lasts and one was rejected. */
const DELIVERIES = [
  deliveryOf(),
  deliveryOf({
    pod: { uid: '7777' },
    delivery: {
      startMs: START - MINUTE,
      endMs: START - 1,
      outcome: 'deleted',
      traceId: 'f'.repeat(32),
    },
    verdict: { platformMs: 80_000, kept: 'broken' },
  }),
  deliveryOf({
    pod: {
      uid: '9999',
      namespace: 'bank',
      name: 'db-0',
      nodeName: 'n2',
      owner: undefined,
      workload: undefined,
    },
    delivery: {
      startMs: START + 1,
      endMs: undefined,
      outcome: undefined,
      stages: [],
      status: undefined,
    },
    verdict: { platformMs: 1_000, kept: 'open', upstreamMs: 900 },
    diagnosis: {
      code: 'Success',
      severity: 'none',
      owner: 'none',
      stage: '',
      also: [],
      evidence: [],
    },
  }),
  deliveryOf({
    delivery: { kind: 'restart', container: 'app', startMs: START + MINUTE, events: [] },
  }),
]

const PATHS = [
  '/api/v1/pods',
  '/api/v1/pods?name=web-1&limit=1',
  '/api/v1/pods/shop/web-1',
  '/api/v1/pods/shop/web-1?uid=7777',
  '/api/v1/pods/bank/db-0',
  '/api/v1/pods/shop/web-1/info',
  '/api/v1/pods/shop/web-1/lifecycle',
  '/api/v1/pods/shop/web-1/trace',
  '/api/v1/pods/shop/web-1/slo',
  '/api/v1/pods/shop/web-1/diagnosis',
  '/api/v1/pods/7777/timeline',
  '/api/v1/pods/7777/diagnosis',
  '/api/v1/deliveries',
  '/api/v1/deliveries?namespace=shop&workload=web&node=n1&kind=create&failed=true&order=slowest&limit=1',
  '/api/v1/summary',
  '/api/v1/summary?by=workload&namespace=shop',
  '/api/v1/summary?by=node',
  '/api/v1/pods/shop/none',
  '/api/v1/deliveries?limit=0',
]

async function bodyOf(path: string, headers = {}): Promise<unknown> {
  const trial = await trialOf(DELIVERIES)
  return (await trial.get(path, headers)).json()
}

describe('[3.9] the OpenAPI document', () => {
  const document = openApiDocument('1.2.3')
  const ajv = new Ajv2020({ strict: true, formats: { 'date-time': true } })
  ajv.addVocabulary(['components', 'info', 'openapi', 'paths', 'security', 'servers'])
  ajv.addSchema(document, 'api')

  /** What is wrong with an answer by what the document says of its path. */
  function faultsOf(path: string, status: number, body: unknown): unknown {
    const route = ROUTES.toSorted(
      (a, b) => a.path.split('{').length - b.path.split('{').length,
    ).find((one) =>
      new RegExp(`^/api/v1${one.path.replaceAll(/\{\w+\}/g, '[^/?]+')}(\\?|$)`).test(path),
    )
    const name = status === 200 ? route?.answer : 'Problem'
    const validate = ajv.getSchema(`api#/components/schemas/${name}`)
    if (!validate) return `no schema ${name}`
    return validate(body) ? [] : validate.errors
  }

  it('is served, and says 3.1 and this version', async () => {
    const body = await bodyOf('/openapi.json')
    expect(body).toMatchObject({ openapi: '3.1.0', info: { version: '0.0.0-test' } })
  })

  it.each(PATHS)('describes the answer to %s', async (path) => {
    const trial = await trialOf(DELIVERIES)
    const response = await trial.get(path)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(faultsOf(path, response.status, await response.json())).toEqual([])
  })

  it('takes nothing for an answer that is none', () => {
    expect(faultsOf('/api/v1/deliveries', 200, { deliveries: [{}], more: false })).not.toEqual([])
  })

  it('names every parameter of every path', () => {
    const { paths } = document as {
      paths: Record<string, { get: { parameters: { name: string }[] } }>
    }
    const named = Object.entries(paths).map(([path, { get }]) => [
      path,
      get.parameters.map(({ name }) => name),
    ])
    expect(Object.fromEntries(named)).toMatchObject({
      '/pods': ['namespace', 'name', 'uid', 'limit', 'Accept-Language'],
      '/pods/{namespace}/{name}/trace': ['namespace', 'name', 'uid', 'Accept-Language'],
      '/deliveries': [
        'namespace',
        'workload',
        'node',
        'kind',
        'failed',
        'order',
        'limit',
        'Accept-Language',
      ],
    })
  })
})

describe('[3.2] the five kinds of data of a pod', () => {
  it('are each a resource, and all of them one', async () => {
    const trial = await trialOf(DELIVERIES)
    const read = async (path: string): Promise<Record<string, unknown>> => {
      return (await (await trial.get(`/api/v1/pods/shop/web-1${path}`)).json()) as Record<
        string,
        unknown
      >
    }
    const all = await read('')
    expect(Object.keys(all)).toEqual([
      'pod',
      'info',
      'lifecycle',
      'trace',
      'slo',
      'diagnosis',
      'others',
    ])
    for (const kind of ['info', 'lifecycle', 'trace', 'slo', 'diagnosis']) {
      expect(await read(`/${kind}`)).toEqual({ pod: all['pod'], [kind]: all[kind] })
    }
    expect(all).toMatchObject({
      pod: { uid: '8a3f', namespace: 'shop', name: 'web-1' },
      info: {
        node: 'n1',
        phase: 'Running',
        containers: [{ state: 'running' }, { state: 'unknown' }],
      },
      lifecycle: {
        events: [
          { time: '2026-01-01T00:00:00.000Z', name: 'pod:create:success', code: 201, count: 1 },
          { time: '2026-01-01T00:00:42.000Z', name: 'event:Failed', container: 'app', count: 3 },
        ],
        left_out: 2,
      },
      trace: [
        {
          kind: 'create',
          end: '2026-01-01T00:00:50.000Z',
          outcome: 'ready',
          stages: [
            { type: 'scheduling', duration_ms: 500.5, owner: 'platform' },
            { type: 'image_pull', subject: 'shop/web:1', duration_ms: 40_000, waited_ms: 2_000 },
            { type: 'readiness', end: null, duration_ms: null, owner: 'user' },
          ],
        },
        { kind: 'restart', container: 'app' },
      ],
      slo: [
        { verdict: { class: 'typical', platform_ms: 45_000, upstream_ms: null, kept: 'kept' } },
        {},
      ],
      diagnosis: [
        { diagnosis: { code: 'ImagePullSlow', sentence: 'Pulling <shop/web:1> took 40 s.' } },
        {},
      ],
      others: [{ uid: '7777' }],
    })
  })

  it('are those of the pod of a uid, where a name was given twice', async () => {
    expect(await bodyOf('/api/v1/pods/shop/web-1?uid=7777')).toMatchObject({
      pod: { uid: '7777' },
      trace: [{ trace_id: 'f'.repeat(32), outcome: 'deleted' }],
      others: [{ uid: '8a3f' }],
    })
    expect(await bodyOf('/api/v1/pods/7777/timeline')).toMatchObject({
      trace: [{ outcome: 'deleted' }],
    })
  })

  it('say what is not known of a delivery that lasts', async () => {
    expect(await bodyOf('/api/v1/pods/bank/db-0')).toMatchObject({
      info: { owner: null, workload: null, phase: '' },
      trace: [{ end: null, outcome: null, stages: [] }],
    })
  })
})

it('[3.14] says the diagnosis in the language that is liked best', async () => {
  const trial = await trialOf(DELIVERIES)
  const read = async (language: string): Promise<unknown[]> => {
    const response = await trial.get('/api/v1/pods/8a3f/diagnosis', { 'accept-language': language })
    const { diagnosis } = (await response.json()) as {
      diagnosis: { diagnosis: { action: string } }[]
    }
    return [response.headers.get('content-language'), diagnosis[0]?.diagnosis.action]
  }
  expect(await read('de, zh-CN;q=0.9, en;q=0.8')).toEqual(['zh', '缩小镜像。'])
  expect(await read('zh;q=0.5, en-GB')).toEqual(['en', 'Make the image smaller.'])
  expect(await read('de, zh;q=0')).toEqual(['en', 'Make the image smaller.'])
})

describe('lists', () => {
  it('hand all filters to the connector, and say whether there is more', async () => {
    const trial = await trialOf(DELIVERIES)
    const path =
      '/api/v1/deliveries?namespace=shop&workload=web&node=n1&kind=create&failed=true&order=slowest&limit=1'
    const body = await (await trial.get(path)).json()
    expect(body).toMatchObject({ deliveries: [{ pod: { uid: '7777' } }], more: true })
    expect(trial.source.queries).toEqual([
      {
        namespace: 'shop',
        workload: 'web',
        node: 'n1',
        kind: 'create',
        failed: true,
        order: 'slowest',
        limit: 2,
        visible: expect.any(Function) as unknown,
      },
    ])
  })

  it('have each pod once, as its newest delivery tells it', async () => {
    expect(await bodyOf('/api/v1/pods?namespace=shop')).toMatchObject({
      pods: [{ pod: { uid: '8a3f' } }, { pod: { uid: '7777' } }],
      more: false,
    })
    expect(await bodyOf('/api/v1/pods?limit=1')).toMatchObject({ pods: [{}], more: true })
    expect(await bodyOf('/api/v1/pods?uid=9999')).toMatchObject({ pods: [{ node: 'n2' }] })
  })

  it('summarise by namespace, workload or node, the worst first', async () => {
    expect(await bodyOf('/api/v1/summary')).toMatchObject({
      by: 'namespace',
      groups: [
        {
          key: 'shop',
          deliveries: 3,
          in_flight: 0,
          kept: 2,
          broken: 1,
          codes: { ImagePullSlow: 3 },
          platform_ms_p50: 45_000,
          platform_ms_p99: 80_000,
          platform_ms_max: 80_000,
        },
        { key: 'bank', deliveries: 1, in_flight: 1, platform_ms_p50: null, codes: {} },
      ],
      deliveries: 4,
      more: false,
    })
    const { groups } = (await bodyOf('/api/v1/summary?by=workload')) as {
      groups: { key: string }[]
    }
    expect(groups.map(({ key }) => key)).toEqual(['shop/Deployment/web', 'bank/Pod/db-0'])
  })

  it('are of all connectors that are served, in one order, until one has ended', async () => {
    const trial = await trialOf([deliveryOf({ pod: { uid: 'a' } })])
    const later = deliveryOf({ pod: { uid: 'b' }, delivery: { startMs: START + 5 } })
    const end = trial.extension.serve('connector/pod_delivery/two', new FakeSource([later]))
    const read = async (): Promise<string[]> => {
      const { deliveries } = (await (await trial.get('/api/v1/deliveries')).json()) as {
        deliveries: { pod: { uid: string } }[]
      }
      return deliveries.map(({ pod }) => pod.uid)
    }
    expect(await read()).toEqual(['b', 'a'])
    end()
    expect(await read()).toEqual(['a'])
  })
})

describe('what is asked for wrongly', () => {
  it.each([
    ['/api/v1/deliveries?limit=0', 400, '"limit": Too small: expected number to be >=1.'],
    ['/api/v1/deliveries?limit=1001', 400, '"limit": Too big: expected number to be <=1000.'],
    [
      '/api/v1/deliveries?order=fastest',
      400,
      '"order": Invalid option: expected one of "slowest"|"newest".',
    ],
    ['/api/v1/pods?pod=x', 400, 'Unknown parameter "pod": there are namespace, name, uid, limit.'],
    ['/api/v1/pods?name=a&name=b', 400, '"name" is given more than once.'],
    ['/api/v1/pods/7777/timeline?x=1', 400, 'Unknown parameter "x": there are none here.'],
    ['/api/v1/pods/%ff/x', 400, 'The path has a part that is no name.'],
    [`/api/v1/pods/${'a'.repeat(254)}/x`, 400, 'The path has a part that is no name.'],
    ['/api/v1/pods/shop/none', 404, 'No delivery of a pod "shop/none" is known.'],
    [
      '/api/v1/pods/shop/web-1?uid=x',
      404,
      'No delivery of a pod "shop/web-1" with the uid "x" is known.',
    ],
    ['/api/v1/pods/x/timeline', 404, 'No delivery of a pod with the uid "x" is known.'],
    ['/api/v1/nodes', 404, 'There is nothing here. /openapi.json says what there is.'],
    ['/api/v2/pods', 404, 'There is nothing here. /openapi.json says what there is.'],
    ['/pods/shop/none', 404, 'No delivery of a pod "shop/none" is known.'],
  ])('%s is answered with %i and a sentence', async (path, status, error) => {
    const trial = await trialOf(DELIVERIES)
    const response = await trial.get(path)
    expect([response.status, await response.json()]).toEqual([status, { error }])
  })
})

it('counts requests by route and status', async () => {
  const trial = await trialOf(DELIVERIES)
  for (const path of ['/api/v1/pods', '/api/v1/pods/shop/x', '/api/v1/pods/shop/y', '/z', '/']) {
    await (await trial.get(path)).text()
  }
  const { metrics } = trial.registry.collect()
  const counted = metrics.find(({ facts }) => facts.name === 'waggle.delivery_api.requests')
  expect(counted).toMatchObject({
    points: [
      { attributes: { route: '/api/v1/pods', code: '200' }, value: 1 },
      { attributes: { route: '/api/v1/pods/{namespace}/{name}', code: '404' }, value: 2 },
      { attributes: { route: 'none', code: '404' }, value: 1 },
      { attributes: { route: '/', code: '200' }, value: 1 },
    ],
  })
})

it('answers a page of another site nothing, whose name was made to lead to this machine', async () => {
  const { url } = await trialOf(DELIVERIES)
  const asked = request(`${url}/api/v1/pods`, { headers: { host: 'evil.example:80' } })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.resume()
  expect(response.statusCode).toBe(403)
})
