import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock, settingsOf, settled } from '../../src/helpers/fixtures.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import type { LogRecord, Logs } from '../../src/pdata/logs.ts'
import { ApiServer, sendStatus } from '../../test/kit/api_server.ts'
import { cleansUp, eventually, tempDir } from '../../test/kit/fixtures.ts'
import { k8sWatchConfig } from './config.ts'
import { K8sWatchReceiver } from './receiver.ts'

cleansUp()

const NOW = Date.parse('2026-03-01T12:00:00.000Z')
let server: ApiServer
let kubeconfig: string
let running: K8sWatchReceiver[]

beforeEach(async () => {
  server = await ApiServer.start()
  kubeconfig = join(tempDir('kubeconfig'), 'config')
  writeFileSync(kubeconfig, kubeconfigOf(server.origin))
  running = []
})

afterEach(async () => {
  await Promise.all(running.map((receiver) => receiver.shutdown()))
  await server.stop()
})

function kubeconfigOf(origin: string): string {
  return JSON.stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: origin } }],
  })
}

/** A receiver of which the records are kept, by what they say. */
function begin(options: object = {}, answer: () => Outcome = () => ACCEPTED) {
  const { settings, logged } = settingsOf('k8s_watch')
  const given = { auth_type: 'kubeConfig', kubeconfig, owners: 'none', ...options }
  const clock = new FakeClock()
  const wallClock = (): number => NOW
  const receiver = new K8sWatchReceiver(settings, k8sWatchConfig.parse(given), { clock, wallClock })
  running.push(receiver)
  const records: LogRecord[] = []
  receiver.batches$.subscribe((batch) => {
    const outcome = answer()
    for (const { logs } of (batch as Logs).groups) {
      for (let i = 0; i < logs.length; i++) {
        if (outcome.kind === 'accepted') records.push(logs.at(i))
      }
    }
    batch.delivery.settle(outcome)
  })
  void receiver.start()
  /** Lets what was gathered go, until there are so many records. */
  const got = async (count: number): Promise<LogRecord[]> =>
    eventually(async () => {
      await clock.advance(100)
      expect(records).toHaveLength(count)
      return records
    })
  return { receiver, records, clock, settings, logged, got }
}

const said = ({ body, attributes }: LogRecord): string => {
  const { type, object } = JSON.parse(String(body)) as {
    type: string
    object: { metadata: { name: string } }
  }
  const source = Object.keys(attributes).find((key) => key.startsWith('k8s.watch.')) ?? 'watch'
  return `${type} ${String(attributes['k8s.resource.name'])} ${object.metadata.name} ${source}`
}

const event = (about: object, rest: object = {}): Record<string, unknown> => ({
  involvedObject: about,
  reason: 'Pulled',
  type: 'Normal',
  ...rest,
})

describe('k8s_watch', () => {
  it('hands on what there is and what comes, and says which is which', async () => {
    const pods = server.pods()
    const events = server.collection('/api/v1', 'events', 'Event')
    pods.put('web', { status: { phase: 'Running' } })
    const { got } = begin()
    await got(1)
    await eventually(() => expect(pods.watches + events.watches).toBe(2))
    pods.put('web', { status: { phase: 'Failed' } })
    await got(2)
    events.put('web.1', event({ kind: 'Pod', name: 'web', uid: 'uid-web' }))
    await got(3)
    pods.remove('web')
    expect((await got(4)).map(said)).toEqual([
      'ADDED pods web k8s.watch.initial',
      'MODIFIED pods web watch',
      'ADDED events web.1 watch',
      'DELETED pods web watch',
    ])
  })

  it('makes a record that says what it is about, and when', async () => {
    const events = server.collection('/api/v1', 'events', 'Event')
    server.pods()
    const fields = { type: 'Warning', lastTimestamp: '2026-03-01T11:59:58Z' }
    events.put('web.1', event({ kind: 'Pod', name: 'web', uid: '7' }, fields))
    const { got } = begin()
    const [record] = await got(1)
    const { body, ...rest } = record as LogRecord
    expect(rest).toEqual({
      timeNs: BigInt(NOW - 2_000) * 1_000_000n,
      observedNs: BigInt(NOW) * 1_000_000n,
      severity: 13,
      severityText: '',
      attributes: {
        'k8s.resource.name': 'events',
        'k8s.namespace.name': 'shop',
        'k8s.object.kind': 'Pod',
        'k8s.object.name': 'web',
        'k8s.object.uid': '7',
        'k8s.watch.initial': true,
      },
      flags: 0,
      traceId: '',
      spanId: '',
      eventName: 'k8s.watch',
    })
    expect(JSON.parse(String(body))).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Event', apiVersion: 'v1', reason: 'Pulled' },
    })
  })

  it('takes events from the other group where the first is not to be had', async () => {
    server.pods()
    const events = server.collection('/apis/events.k8s.io/v1', 'events', 'Event')
    events.put('web.1', { regarding: { kind: 'Pod', name: 'web', uid: '7' }, note: 'pulled' })
    const { got, clock } = begin()
    await eventually(() => expect(server.asked).toHaveLength(3))
    await clock.advance(2_000)
    const [record] = await got(1)
    expect(record?.attributes['k8s.resource.name']).toBe('events.events.k8s.io')
    expect(record?.attributes['k8s.object.name']).toBe('web')
    const asked = server.asked.filter(({ path }) => path === '/api/v1/events')
    expect(asked).toHaveLength(1)
  })

  it('watches owners by their metadata alone, or whole', async () => {
    const sets = server.collection('/apis/apps/v1', 'replicasets', 'ReplicaSet')
    const deployments = server.collection('/apis/apps/v1', 'deployments', 'Deployment')
    const jobs = server.collection('/apis/batch/v1', 'jobs', 'Job')
    server.pods()
    const template = { spec: { containers: [] } }
    sets.put('web-5d8', { spec: { replicas: 3, template } })
    deployments.put('web', { spec: { replicas: 3, template } })
    jobs.put('etl', { status: { active: 1, conditions: [{ type: 'Complete' }] } })
    const objects = (records: readonly LogRecord[]): unknown[] =>
      records.map(({ body }) => (JSON.parse(String(body)) as { object: unknown }).object)
    const cheap = begin({ owners: 'metadata', events: { enabled: false } })
    for (const object of objects(await cheap.got(2))) {
      expect(Object.keys(object as object)).toEqual(['kind', 'apiVersion', 'metadata'])
    }
    const whole = begin({ owners: 'whole', events: { enabled: false } })
    const all = objects(await whole.got(3)) as { kind: string; spec?: object; status?: object }[]
    expect(all.find(({ kind }) => kind === 'ReplicaSet')?.spec).toEqual({ replicas: 3 })
    expect(all.find(({ kind }) => kind === 'Job')?.status).toEqual({
      conditions: [{ type: 'Complete' }],
    })
  })

  it('watches each namespace that is named, with the selectors', async () => {
    server.pods()
    begin({
      namespaces: ['shop', 'bank', 'shop'],
      pods: { label_selector: 'app=web', field_selector: 'spec.nodeName=n1' },
      events: { field_selector: 'involvedObject.kind=Pod' },
    })
    await eventually(() =>
      expect(new Set(server.asked.map(({ path }) => path))).toEqual(
        new Set(
          ['shop', 'bank'].flatMap((ns) => [
            `/api/v1/namespaces/${ns}/pods`,
            `/api/v1/namespaces/${ns}/events`,
          ]),
        ),
      ),
    )
    const query = (end: string) => server.asked.find(({ path }) => path.endsWith(end))?.query
    expect(query('/pods')).toMatchObject({
      labelSelector: 'app=web',
      fieldSelector: 'spec.nodeName=n1',
    })
    expect(query('/events')).toMatchObject({ fieldSelector: 'involvedObject.kind=Pod' })
  })

  it('leaves out what says nothing, and counts it', async () => {
    const pods = server.pods()
    const events = server.collection('/api/v1', 'events', 'Event')
    const read = new Map<string, () => Map<string, number>>()
    const { settings } = settingsOf('k8s_watch')
    const meter = {
      ...settings.meter,
      counter: (facts: { name: string }, tell: (observe: Observe) => void) => {
        read.set(facts.name, () => {
          const values = new Map<string, number>()
          tell((value, attributes) => values.set(attributes?.['reason'] ?? '', value))
          return values
        })
        return () => {}
      },
    }
    const given = { auth_type: 'kubeConfig', kubeconfig, owners: 'none' }
    const clock = new FakeClock()
    const receiver = new K8sWatchReceiver({ ...settings, meter }, k8sWatchConfig.parse(given), {
      clock,
    })
    running.push(receiver)
    const records: LogRecord[] = []
    receiver.batches$.subscribe((batch) => {
      for (const { logs } of (batch as Logs).groups) {
        for (let i = 0; i < logs.length; i++) records.push(logs.at(i))
      }
      batch.delivery.settle(ACCEPTED)
    })
    void receiver.start()
    await eventually(() => expect(pods.watches + events.watches).toBe(2))
    pods.put('web', { metadata: { managedFields: [{ time: '2026-03-01T11:00:00Z' }] } })
    pods.put('web', { metadata: { managedFields: [{ time: '2026-03-01T11:00:05Z' }] } })
    events.put('lease.1', event({ kind: 'Lease', name: 'x', uid: '1' }))
    events.put('web.1', event({ kind: 'Pod', name: 'web', uid: '7' }))
    events.remove('web.1')
    const leftOut = read.get('waggle.k8s_watch.left_out')
    await eventually(() =>
      expect([...(leftOut?.() ?? [])]).toEqual([
        ['other_kind', 1],
        ['event_expired', 1],
        ['unchanged', 1],
      ]),
    )
    await eventually(async () => {
      await clock.advance(100)
      expect(records).toHaveLength(2)
    })
    expect(settings.counters.in).toBe(2)
  })
})

describe('what is not taken', () => {
  it('is offered again before anything that came later, and stops the watch in the end', async () => {
    const pods = server.pods()
    server.collection('/api/v1', 'events', 'Event')
    let outcome: Outcome = { kind: 'refused', reason: 'queue_full', afterMs: 100 }
    const { records, settings, clock } = begin({}, () => outcome)
    await eventually(() => expect(pods.watches).toBe(1))
    for (let i = 0; i < 3_000; i++) pods.put(`pod-${i}`)
    await eventually(async () => {
      await clock.advance(100)
      // One batch is on its way, and as much waits as may.
      expect(settings.counters.in).toBeGreaterThanOrEqual(1_000)
    })
    // However much time there is to read on.
    for (let i = 0; i < 500; i++) await settled()
    expect(settings.counters.in).toBeLessThanOrEqual(2_000)
    expect(settings.counters.refused.get('queue_full')).toBeGreaterThan(0)
    outcome = ACCEPTED
    await eventually(async () => {
      await clock.advance(100)
      expect(records).toHaveLength(3_000)
    })
    const names = records.map(({ attributes }) => attributes['k8s.object.name'])
    expect(names).toEqual(Array.from({ length: 3_000 }, (_, i) => `pod-${i}`))
    expect(settings.counters.held).toBe(0)
  })

  it('for good is counted as dropped', async () => {
    server.pods().put('web')
    const { settings, clock } = begin({}, () => ({ kind: 'rejected', reason: 'bad_data' }))
    await eventually(async () => {
      await clock.advance(100)
      expect([...settings.counters.dropped]).toEqual([['bad_data', 1]])
    })
  })

  it('when it is shut down is counted as dropped', async () => {
    server.pods().put('web')
    const refused: Outcome = { kind: 'refused', reason: 'queue_full' }
    const { receiver, settings, clock } = begin({}, () => refused)
    await eventually(async () => {
      await clock.advance(100)
      expect(settings.counters.refused.get('queue_full')).toBeGreaterThan(0)
    })
    const ending = receiver.shutdown()
    await eventually(async () => {
      await clock.advance(5_000)
      expect(settings.counters.held).toBe(0)
    })
    await ending
    expect([...settings.counters.dropped]).toEqual([['queue_full', 1]])
  })
})

describe('how it fares', () => {
  it('is told while something cannot be watched, and when all can', async () => {
    const pods = server.pods()
    const events = server.collection('/api/v1', 'events', 'Event')
    server.fail({ path: '/api/v1/pods' }, (r) => sendStatus(r, 403, 'Forbidden', 'not you'))
    const told: string[] = []
    const { settings } = settingsOf('k8s_watch')
    const status = {
      ok: () => void told.push('ok'),
      recoverable: (problem: string) => void told.push(problem),
      permanent: () => {},
    }
    const clock = new FakeClock()
    const config = k8sWatchConfig.parse({ auth_type: 'kubeConfig', kubeconfig, owners: 'none' })
    const receiver = new K8sWatchReceiver({ ...settings, status }, config, { clock })
    running.push(receiver)
    void receiver.start()
    const problem = 'GET /api/v1/pods: 403 Forbidden not you'
    await eventually(() => expect(told.at(-1)).toBe(problem))
    await clock.advance(2_000)
    await eventually(() => {
      expect(pods.watches + events.watches).toBe(2)
      expect(told.at(-1)).toBe('ok')
    })
  })

  it('says what is wrong with the kubeconfig, and tries again', async () => {
    const pods = server.pods()
    writeFileSync(kubeconfig, 'contexts: [')
    const { logged, clock } = begin()
    const line = `Cannot reach the Kubernetes API. error="kubeconfig ${kubeconfig}: no YAML (line 1)"`
    await eventually(() => expect(logged.join('\n')).toContain(line))
    writeFileSync(kubeconfig, kubeconfigOf(server.origin))
    await clock.advance(10_000)
    await eventually(() => expect(pods.watches).toBe(1))
  })
})

type Observe = (value: number, attributes?: Readonly<Record<string, string>>) => void
