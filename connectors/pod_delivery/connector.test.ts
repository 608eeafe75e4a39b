import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NO_HOST, type Host } from '../../src/component/host.ts'
import type { StorableRequest, StoredEntry, StoredQueue } from '../../src/component/storage.ts'
import type { DeliveryQuery, DeliverySource } from '../../src/helpers/delivery/source.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { LogArray } from '../../src/pdata/log_array.ts'
import { Logs } from '../../src/pdata/logs.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { podDeliveryConfig } from './config.ts'
import { errorsOf, Followed, recordLike } from './followed_for_tests.ts'
import { Follower } from './follower.ts'
import {
  audit,
  binding,
  condition,
  create,
  event,
  healthy,
  lines,
  type Loose,
  podLike,
  podRef,
  readyStatus,
  second,
  statusPatch,
  T0,
} from './written_for_tests.ts'

beforeEach(() => void vi.useFakeTimers({ now: T0 + 5000 }))
afterEach(() => void vi.useRealTimers())

const MINUTE = 60_000
const after = (ms: number, all: readonly Loose[]): string[] =>
  lines(all.map((one) => ({ ...one, auditID: `${String(one['auditID'])}+${ms}` })))

describe('pod_delivery', () => {
  it('does not take its own time for that of a log before it knows of an event', () => {
    const config = podDeliveryConfig.parse({ unfinished: 'emit' })
    const follower = new Follower(
      config,
      () => T0 + 60 * MINUTE,
      () => ({ traces: false, logs: false }),
    )
    follower.advance()
    const bodies = new LogArray(lines([create(0), binding(100)]).map((body) => recordLike(body)))
    const group = { resource: new Resource({}), scope: { name: '', version: '' }, logs: bodies }
    follower.take(new Logs([group], new Delivery()), () => {})
    follower.end()
    const ends = [...follower.finished].map(({ delivery }) => (delivery.endMs ?? 0) - T0)
    expect(ends).toEqual([100])
  })

  it('knows a pod that the kubelet has ended for what it was, and restarts nothing in it', () => {
    const terminated = { exitCode: 137, reason: 'Error', finishedAt: second(6000) }
    const containerStatuses = [{ name: 'app', restartCount: 0, state: { terminated } }]
    const evicted = { phase: 'Failed', reason: 'Evicted', message: 'low on resource: memory' }
    const all = new Followed()
      .take(lines([...healthy(), statusPatch(6000, 4, { ...evicted, containerStatuses })]))
      .take(lines([event(9000, 'Killing', 'Stopping container app')]))
      .take(lines([event(9100, 'Pulled', 'x')]))
    const later = { ...evicted, containerStatuses: [{ ...containerStatuses[0], restartCount: 1 }] }
    all.take(lines([statusPatch(9500, 5, later)])).end()
    expect(all.roots).toEqual(['pod create ready', 'pod delete deleted'])
  })

  it('[3.16] has a span for each stage, told of the program at work', () => {
    const all = new Followed().take(lines(healthy())).end()
    expect(all.roots).toEqual(['pod create ready'])
    expect(all.stages('pod create').toSorted((a, b) => a[1] - b[1] || a[2] - b[2])).toEqual([
      ['admission', 0, 10],
      ['scheduling', 10, 110],
      ['sandbox', 110, 510],
      ['image_pull shop/web:1', 610, 2610],
      ['container_create app', 2610, 2710],
      ['container_start app', 2710, 2810],
      ['readiness app', 2810, 4010],
      ['pod_ready', 4010, 4010],
    ])
    expect(all.spans.map(({ name, service }) => [name, service])).toEqual(
      expect.arrayContaining([
        ['pod create', 'kubernetes'],
        ['scheduling', 'kube-scheduler'],
        ['sandbox', 'kubelet'],
        ['readiness app', 'application'],
      ]),
    )
    const pull = all.stage('pod create', 'image_pull shop/web:1')
    expect(pull.attributes).toMatchObject({
      'waggle.delivery.waited': 0.5,
      'container.image.name': 'shop/web:1',
      'k8s.pod.uid': 'uid-1',
      'k8s.node.name': 'node-1',
    })
  })

  it('hands a delivery on when it has settled, within two seconds of its end', () => {
    const all = new Followed().take(lines(healthy()))
    expect(all.spans).toEqual([])
    vi.advanceTimersByTime(400)
    expect(all.spans).toEqual([])
    vi.advanceTimersByTime(200)
    expect(all.roots).toEqual(['pod create ready'])
    expect(all.records.map(({ body }) => body)).toEqual(['Everything went well, in 4.0 s.'])
    all.take(lines([event(2900, 'Pulled', 'late')])).end()
    expect(all.account['late']).toBe(1)
    expect(all.roots).toHaveLength(1)
  })

  it('[3.20] tells an error that repeats once, with a count', () => {
    const failure = 'Failed to pull image "shop/web:1": not found'
    const pulls = [
      event(600, 'Pulling', 'Pulling image "shop/web:1"'),
      event(700, 'Failed', failure, { type: 'Warning', name: 'web-1.f' }),
      ...[2, 3, 10].map((count) =>
        event(700 + count * 100, 'Failed', failure, { type: 'Warning', name: 'web-1.f', count }),
      ),
    ]
    const all = new Followed().take(lines(healthy().toSpliced(3, 1, ...pulls))).end()
    const pull = all.stage('pod create', 'image_pull shop/web:1')
    expect(errorsOf(pull)).toEqual([['Failed', 10]])
    expect([pull.status.code, all.roots]).toEqual([0, ['pod create ready']])
  })

  it('[3.19] has the stages that a user wrote, and lets them take the place of defaults', () => {
    const stages = [
      {
        type: 'address',
        owner: 'platform',
        component: 'address-controller',
        inside: 'sandbox',
        start: ['schedule:binding:success'],
        end: ['condition:example.com/Address:true'],
        errors: ['event:AddressFailed'],
      },
      {
        type: 'readiness',
        owner: 'user',
        component: 'shop',
        start: ['event:Started'],
        end: ['condition:Ready:true'],
      },
    ]
    const address = statusPatch(400, 2, {
      conditions: [condition('example.com/Address', 'True', 400)],
    })
    const failed = event(300, 'AddressFailed', 'pool is empty', { container: '' })
    const all = new Followed({ stages }).take(lines([...healthy(), address, failed])).end()
    expect(all.stages('pod create')).toEqual(
      expect.arrayContaining([
        ['address', 110, 410],
        ['readiness', 2810, 4010],
      ]),
    )
    const span = all.stage('pod create', 'address')
    expect(span.service).toBe('address-controller')
    expect(span.parentSpanId).toBe(all.stage('pod create', 'sandbox').spanId)
    expect(errorsOf(span)).toEqual([['AddressFailed', 1]])
  })

  it('[3.18] begins and ends the whole trace with the events that it is told', () => {
    const life = { start: ['schedule:binding:success'], ready: ['event:Started'] }
    const all = new Followed({ life }).take(lines(healthy())).end()
    const { startNs, endNs } = all.root('pod create')
    expect([startNs, endNs]).toEqual([T0 + 100, T0 + 2800].map((ms) => BigInt(ms) * 1_000_000n))
  })

  it('[3.22] links its traces to those that annotations name', () => {
    const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
    const annotations = {
      traceparent: `00-${traceId}-${spanId}-01`,
      'meta.lunettes.com/trace-context': JSON.stringify([
        {
          trace_id: traceId.replaceAll('4', '5'),
          root_span_id: spanId,
          delivery_type: 'PodCreate',
        },
        { trace_id: 'none' },
      ]),
    }
    const all = new Followed()
      .take(lines([create(0, podLike({ annotations })), statusPatch(900, 2, readyStatus(900), {})]))
      .end()
    expect(
      all.root('pod create').links?.map((link) => [link.traceId, link.spanId, link.attributes]),
    ).toEqual([
      [traceId, spanId, { 'waggle.link.annotation': 'traceparent' }],
      [
        traceId.replaceAll('4', '5'),
        spanId,
        { 'waggle.link.annotation': 'meta.lunettes.com/trace-context' },
      ],
    ])
  })

  it('gives a delivery up after `expire`, and says so', () => {
    const all = new Followed({ expire: '2m' }).take(lines([create(0), binding(100)]))
    vi.advanceTimersByTime(3 * MINUTE)
    all.end()
    expect(all.roots).toEqual(['pod create expired'])
    expect(all.root('pod create').status.code).toBe(2)
    expect(all.stage('pod create', 'sandbox').attributes['waggle.delivery.open']).toBe(true)
  })

  it('makes nothing of an end whose beginning nobody told', () => {
    const ready = statusPatch(900, 2, readyStatus(900))
    const all = new Followed().take(lines([ready]))
    vi.advanceTimersByTime(2 * MINUTE)
    all.end()
    expect(all.roots).toEqual([])
    expect(all.account['evicted unbegun']).toBe(1)
    expect(all.account['pods']).toBe(0)
  })

  it('tells pods of one name apart by their uid', () => {
    const again = healthy().map(
      (one) => JSON.parse(JSON.stringify(one).replaceAll('uid-1', 'uid-2')) as Loose,
    )
    const all = new Followed().take([...lines(healthy()), ...after(1, again)]).end()
    expect(all.roots).toEqual(['pod create ready', 'pod create ready'])
    expect(new Set(all.spans.map(({ traceId }) => traceId)).size).toBe(2)
  })

  it('puts up with clocks of API servers that are seconds apart', () => {
    const skewed = healthy()
      .with(1, binding(-2000))
      .with(3, event(3000, 'Pulling', 'Pulling image "shop/web:1"'))
    const all = new Followed().take(lines(skewed)).end()
    for (const [name, start, end] of all.stages('pod create')) {
      expect([name, start >= 0, end >= start]).toEqual([name, true, true])
    }
    expect(all.stages('pod create').map(([name]) => name)).toContain('scheduling')
    expect(all.roots).toEqual(['pod create ready'])
  })

  it('drops what cannot be read, by reason, and goes on', () => {
    const all = new Followed()
      .take(['{"kind":"Event","auditID":', '', 'null', '[]', '{"a":1}', ...lines(healthy())])
      .end()
    expect(
      Object.fromEntries(
        all.counters
          .samples()
          .filter(({ name }) => name === 'dropped')
          .map(({ reason, items }) => [reason, items]),
      ),
    ).toEqual({
      malformed: 3,
      empty: 1,
      unknown_shape: 1,
    })
    expect(all.roots).toEqual(['pod create ready'])
  })

  it('parses nothing of what the receiver says to be about something else', () => {
    const attributes = { 'k8s.audit.resource': 'leases' }
    const all = new Followed().take(['not json'], { attributes }).end()
    expect([all.account['parsed'], all.account['ignored resource']]).toEqual([0, 1])
  })

  it('keeps to its bounds under noise', () => {
    const all = new Followed({ max_pods: 50, max_events: 16 })
    for (let round = 0; round < 20; round++) {
      const noise = Array.from({ length: 50 }, (_, i) => {
        const about = {
          kind: 'Pod',
          namespace: 'shop',
          name: `n${round}-${i}`,
          uid: `n${round}-${i}`,
        }
        return event(i, 'BackOff', `noise ${i}`, { involvedObject: about, name: `n${i}` })
      })
      all.take(lines(noise))
    }
    const own = Array.from({ length: 60 }, (_, i) =>
      event(700 + i, 'Unhealthy', `${i}`, { name: `web-1.u${i}` }),
    )
    all.take(lines([...healthy().slice(0, 7), ...own]))
    expect(all.account['pods']).toBe(50)
    expect(all.account['evicted max_pods']).toBe(951)
    all.take(lines([statusPatch(4000, 3, readyStatus(4000))])).end()
    expect(
      Number(all.root('pod create').attributes['waggle.delivery.events_left_out']),
    ).toBeGreaterThan(40)
  })

  it('shares pods among shards, each of them in one', () => {
    const uids = Array.from({ length: 40 }, (_, i) => `uid-${i}`)
    const all = uids.flatMap((uid) => lines([create(0, podLike({ uid, name: uid }))]))
    const seen = [0, 1, 2].map((index) => {
      const shard = new Followed({ shard: { index, count: 3 } }).take(all).end()
      expect(shard.roots.length + Number(shard.account['ignored other_shard'])).toBe(40)
      return shard.spans.flatMap(({ attributes }) => attributes['k8s.pod.uid'] as string)
    })
    expect(seen.flatMap((own) => [...new Set(own)]).toSorted()).toEqual(uids.toSorted())
  })

  it('has the sentence of each language that is wanted', () => {
    const all = new Followed({ languages: ['zh', 'en'] }).take(lines(healthy())).end()
    const [record] = all.records
    expect(record?.attributes['waggle.delivery.sentence.en']).toBe(
      'Everything went well, in 4.0 s.',
    )
    expect(record?.body).not.toBe(record?.attributes['waggle.delivery.sentence.en'])
    expect(record?.spanId).toBe(all.root('pod create').spanId)
  })

  it('counts series up to a limit, and what is beyond it in one', () => {
    const pod = (n: number) =>
      lines(healthy()).map((line) =>
        line.replaceAll('uid-1', `uid-${n}`).replaceAll('"shop"', `"shop${n}"`),
      )
    const all = new Followed({
      metrics: { cardinality_limit: 2, aggregation_temporality: 'delta' },
    })
    for (const n of [1, 2, 3, 4]) all.take(pod(n))
    all.end()
    const verdicts = all.metrics.find(
      ({ name }) => name === 'waggle.k8s.pod_delivery.verdicts',
    )?.data
    expect(
      verdicts?.points.map((point) => [
        'value' in point && point.value,
        point.attributes['k8s.namespace.name'] ?? point.attributes,
      ]),
    ).toEqual([
      [1, 'shop1'],
      [1, 'shop2'],
      [2, { 'otel.metric.overflow': true }],
    ])
    expect(all.account['overflowed']).toBeGreaterThan(0)
  })
})

describe('pod_delivery and its surroundings', () => {
  const hostWith = (id: string, extension: object): Host => ({
    ...NO_HOST,
    extension: (asked) => (asked === id ? extension : undefined),
  })

  it('hands deliveries under way to the next process', async () => {
    const storage = new FakeStorage()
    const host = hostWith('file_storage', storage)
    const options = { storage: 'file_storage', unfinished: 'drop' }
    const first = new Followed(options, host)
    await first.connector.start()
    first.take(lines(healthy().slice(0, 5))).end()
    await first.connector.shutdown()
    expect([first.roots, storage.kept.length]).toEqual([[], 1])

    const second = new Followed(options, host)
    await second.connector.start()
    second.take(lines(healthy().slice(5))).end()
    await second.connector.shutdown()
    const whole = new Followed().take(lines(healthy())).end()
    expect(second.spans).toEqual(whole.spans)
    expect(storage.kept).toEqual([])
  })

  it('[3.2] answers for pods, timelines, verdicts, reasons and traces to the extension that serves them', async () => {
    const served: [string, DeliverySource][] = []
    const ended: string[] = []
    const server = {
      serve: (owner: string, source: DeliverySource) => {
        served.push([owner, source])
        return () => void ended.push(owner)
      },
    }
    const all = new Followed(
      { api: 'delivery_api', unfinished: 'drop' },
      hostWith('delivery_api', server),
    )
    await all.connector.start()
    const open = lines([create(10, podLike({ uid: 'uid-2', name: 'web-2' }))])
    all.take([...lines(healthy()), ...open])
    vi.advanceTimersByTime(2000)
    const [owner, source] = served[0] as [string, DeliverySource]
    const query: DeliveryQuery = { order: 'slowest', failed: false, visible: () => true, limit: 10 }
    const found = source.find(query)
    expect(owner).toBe('connector/pod_delivery')
    expect(
      found.map(({ delivery, verdict, diagnosis }) => [
        delivery.pod.name,
        delivery.outcome,
        delivery.events.length > 3,
        delivery.stages.length > 1,
        verdict.class,
        diagnosis.code,
        delivery.traceId.length,
      ]),
    ).toEqual([
      ['web-2', undefined, true, true, 'typical', expect.any(String), 32],
      ['web-1', 'ready', true, true, 'typical', 'Success', 32],
    ])
    const names = (more: Partial<DeliveryQuery>) =>
      source.find({ ...query, ...more }).map(({ delivery }) => delivery.pod.name)
    expect(names({ order: 'newest', limit: 1 })).toEqual(['web-2'])
    expect(names({ node: 'node-1' })).toEqual(['web-1'])
    expect(names({ uid: 'uid-2' })).toEqual(['web-2'])
    expect(names({ failed: true, uid: 'uid-1' })).toEqual([])
    expect(names({ visible: () => false })).toEqual([])
    expect(names({ kind: 'delete' })).toEqual([])
    expect(source.pods('shop', 'web-1')).toEqual([
      { uid: 'uid-1', namespace: 'shop', name: 'web-1' },
    ])
    all.end()
    await all.connector.shutdown()
    expect(ended).toEqual(['connector/pod_delivery'])
  })

  it.each([
    ['storage', 'storage: service.extensions has no "lost"'],
    ['api', 'api: service.extensions has no "lost"'],
  ])('does not start without the extension that `%s` names', async (option, message) => {
    const all = new Followed({ [option]: 'lost', unfinished: 'drop' })
    await expect(all.connector.start()).rejects.toThrow(message)
  })

  it('makes no spans that no pipeline takes', () => {
    const pipelines = () => [
      {
        id: 'metrics',
        kind: 'metrics' as const,
        receivers: ['pod_delivery'],
        processors: [],
        exporters: [],
      },
    ]
    const all = new Followed({}, { ...NO_HOST, pipelines }).take(lines(healthy())).end()
    expect([all.spans, all.records, all.metrics.length > 0]).toEqual([[], [], true])
  })
})

/** Keeps bodies in memory. */
class FakeStorage {
  kept: { entry: StoredEntry; body: Buffer }[] = []

  async queue(): Promise<StoredQueue> {
    const recovered = this.kept.map(({ entry }) => entry)
    return {
      recovered,
      facts: { bytes: 0, damaged: 0 },
      put: async (requests: readonly StorableRequest[]) => {
        const added = requests.map(({ body }) => ({
          entry: { items: 0, bytes: body.length, dispatched: false },
          body,
        }))
        this.kept.push(...added)
        return added.map(({ entry }) => entry)
      },
      read: async (entry) => this.kept.find((one) => one.entry === entry)?.body as Buffer,
      dispatch: async () => {},
      remove: async (entries) =>
        void (this.kept = this.kept.filter(({ entry }) => !entries.includes(entry))),
      close: async () => {},
    }
  }
}

it('ends of a pod that is not there any more are not its own: a request that failed changes nothing', () => {
  vi.useFakeTimers({ now: T0 })
  const failed = audit(500, {
    verb: 'patch',
    objectRef: podRef('status'),
    responseStatus: { code: 409 },
    requestObject: { metadata: { uid: 'uid-1' }, status: readyStatus(500) },
  })
  const all = new Followed().take(lines([create(0), failed])).end()
  expect(all.roots).toEqual(['pod create unknown'])
  expect(all.account['ignored failed_request']).toBe(1)
})
