import { describe, expect, it } from 'vitest'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import type { LogRecord } from '../../src/pdata/logs.ts'
import { k8sAuditConfig } from './config.ts'
import { EventReader } from './event_reader.ts'
import { eventOf, metricOf } from './fixtures.ts'
import { Selection } from './selection.ts'
import { Tally } from './tally.ts'

const json = (n: number, given = {}): string => JSON.stringify(eventOf(n, given))

function read(lines: readonly (string | Buffer)[], select = {}) {
  const registry = new MetricRegistry('normal')
  const counters = new ComponentCounters('receiver/k8s_audit')
  const tally = new Tally(counters, registry.meter({}))
  const config = k8sAuditConfig.parse({ webhook: {}, select })
  const reader = new EventReader(new Selection(config.select), tally, () => 0n)
  const records: LogRecord[] = []
  for (const line of lines) reader.read(Buffer.from(line), records)
  tally.flush()
  return {
    records,
    ids: records.map(({ attributes }) => attributes['k8s.audit.id']),
    bodies: records.map(({ body }) => JSON.parse(String(body)) as Record<string, unknown>),
    dropped: Object.fromEntries(counters.dropped),
    in: counters.in,
    events: metricOf(registry, 'waggle.k8s_audit.events'),
    malformed: metricOf(registry, 'waggle.k8s_audit.malformed'),
  }
}

/** Every text in it that an event has at its first level, where a user may put them. */
const hostile = {
  stageTimestamp: '1999-01-01T00:00:00.000000Z',
  verb: 'get',
  objectRef: { resource: 'leases' },
  annotations: { 'a"b\\': '","stageTimestamp":"1998-01-01T00:00:00.000000Z"}' },
  list: [[{ stage: 'RequestReceived' }], ']}'],
}

describe('the scan of an event', () => {
  it('is not led astray by what users put into objects, their keys and annotations', () => {
    const { records } = read([
      json(1, {
        requestObject: hostile,
        responseObject: { hostile, text: JSON.stringify(hostile) },
      }),
      json(2, { user: { username: '{"verb":"get",', extra: { stage: ['RequestReceived'] } } }),
      json(3, { annotations: { stageTimestamp: '1997-01-01T00:00:00.000000Z' } }),
      json(4, { annotations: { 'x/y': json(5) } }),
    ])
    expect(records.map(({ timeNs }) => timeNs)).toEqual(
      Array(4).fill(BigInt(Date.UTC(2026, 0, 31, 8)) * 1_000_000n + 123_456_000n),
    )
    expect(records.map(({ attributes }) => attributes['k8s.audit.verb'])).toEqual(
      Array(4).fill('patch'),
    )
  })

  it('takes a text as it is meant, not as it is written', () => {
    const given = { userAgent: 'a"\\b\n\u00e9', objectRef: { resource: 'pods', name: 'x"y' } }
    const { records } = read([json(1, given)])
    expect(records[0]?.attributes['user_agent.original']).toBe('a"\\b\n\u00e9')
    expect(records[0]?.attributes['k8s.audit.name']).toBe('x"y')
    expect(records[0]?.attributes['k8s.audit.resource']).toBe('pods')
  })

  it('does with what events of lower levels have', () => {
    const given = { level: 'Metadata', requestObject: undefined, responseObject: undefined }
    const { records, ids } = read([json(1, given), json(2, { annotations: undefined, ...given })])
    expect(ids).toEqual(['audit-1', 'audit-2'])
    expect(records[0]?.attributes['k8s.audit.level']).toBe('Metadata')
  })

  it('parses what is in another order, and keeps it as it was written', () => {
    const { kind, apiVersion, ...rest } = eventOf(1) as Record<string, unknown>
    const sorted = JSON.stringify(
      Object.fromEntries(
        Object.entries({ kind, apiVersion, ...rest }).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
    )
    const spaced = JSON.stringify(eventOf(2), undefined, 1).replaceAll('\n', '')
    const { records, events } = read([sorted, spaced, JSON.stringify(rest)])
    expect(records.map(({ body }) => body)).toEqual([sorted, spaced, JSON.stringify(rest)])
    expect(records.map(({ timeNs }) => timeNs)).toEqual(Array(3).fill(records[0]?.timeNs))
    expect(events).toEqual({ plain: 3 })
  })
})

describe('the selection', () => {
  it('[3.4] drops what delivery does not need by its reason, before anything is parsed', () => {
    const broken = (given: object): string => json(0, given).slice(0, -200)
    const lines = [
      json(1),
      broken({ stage: 'RequestReceived' }),
      broken({ verb: 'get' }),
      broken({ verb: 'watch' }),
      broken({ objectRef: { resource: 'leases', apiGroup: 'coordination.k8s.io' } }),
      broken({ objectRef: { resource: 'nodes', name: 'n1', subresource: 'status' } }),
      broken({ objectRef: { resource: 'events', apiGroup: 'other.io' } }),
      json(8, { objectRef: undefined }),
      json(9, { requestURI: '/api/v1/namespaces/shop/pods?dryRun=All' }),
    ]
    const { ids, dropped, in: all, events, malformed } = read(lines)
    expect(ids).toEqual(['audit-1'])
    expect(dropped).toEqual({
      stage_not_selected: 1,
      verb_not_selected: 2,
      resource_not_selected: 4,
      dry_run: 1,
    })
    expect(all).toBe(8)
    expect(events).toEqual({ plain: 9 })
    expect(malformed).toEqual({})
  })

  it('keeps events of both groups, workloads and what is done to pods, and nothing else', () => {
    const refs = [
      { resource: 'events' },
      { resource: 'events', apiGroup: 'events.k8s.io' },
      { resource: 'deployments', apiGroup: 'apps', subresource: 'status' },
      { resource: 'jobs', apiGroup: 'batch' },
      { resource: 'persistentvolumeclaims' },
      { resource: 'secrets' },
      { resource: 'nodes' },
      { resource: 'pods', subresource: 'binding' },
    ]
    const { records } = read(refs.map((objectRef, n) => json(n, { objectRef })))
    expect(records.map(({ attributes }) => attributes['k8s.audit.resource'])).toEqual([
      'events',
      'events',
      'deployments/status',
      'jobs',
      'pods/binding',
    ])
  })

  it('keeps all where that is wanted, and only some levels', () => {
    const all = { resources: ['*'], verbs: ['*'], stages: ['*'], dry_run: true }
    const lines = [
      json(1, { verb: 'get', stage: 'RequestReceived', objectRef: undefined }),
      json(2, { level: 'Metadata', requestURI: '/x?dryRun=All' }),
    ]
    expect(read(lines, all).ids).toEqual(['audit-1', 'audit-2'])
    const some = read(lines, { ...all, levels: ['Metadata'] })
    expect(some.ids).toEqual(['audit-2'])
    expect(some.dropped).toEqual({ level_not_selected: 1 })
  })
})

describe('what is no audit event', () => {
  it.each([
    ['is cut short', json(1).slice(0, 400), 'truncated'],
    ['is cut short behind its objects', json(1).slice(0, -3), 'truncated'],
    ['is a sentence', 'I0131 08:00:00 server.go:12] hello', 'not_json'],
    ['begins with a number', '42', 'not_json'],
    ['has another end', `${json(1)} x`, 'not_json'],
    ['is another object', '{"level":"info","msg":"hello"}', 'not_an_audit_event'],
    ['is another kind', '{"kind":"Pod","apiVersion":"v1"}', 'not_an_audit_event'],
    ['is of another API', json(1, { apiVersion: 'events.k8s.io/v1' }), 'not_an_audit_event'],
    ['has no time', json(1, { stageTimestamp: 'now' }), 'not_an_audit_event'],
    ['has no level', json(1, { level: undefined }), 'not_an_audit_event'],
    ['is a list', '[]', 'not_an_audit_event'],
    ['has zeros in it', json(1, { requestObject: 'aXb' }).replace('X', '\0'), 'not_json'],
    ['is UTF-16', Buffer.from(json(1), 'utf16le'), 'not_json'],
    ['is no UTF-8', Buffer.from(json(1, { requestObject: 'a\u00ffb' }), 'latin1'), 'not_utf8'],
  ])('and %s is counted by what it is', (_, line, reason) => {
    const { records, malformed } = read([line, ''])
    expect(records).toEqual([])
    expect(Object.keys(malformed)).toEqual([reason])
  })

  it('says so of 10 MB in brackets and in quotes, without harm', () => {
    const { malformed, ids } = read([
      '['.repeat(10_000_000),
      `{"log":"${'\\"'.repeat(500_000)}"}`,
      '{}'.repeat(50_000),
      json(1),
    ])
    expect(ids).toEqual(['audit-1'])
    expect(malformed['not_json']).toBeGreaterThan(0)
  })

  it('and is wrapped too often is not looked into', () => {
    let line = json(1)
    for (let i = 0; i < 8; i++) line = JSON.stringify({ log: line })
    expect(read([line]).malformed).toEqual({ too_deep: 1 })
  })
})

describe('an event that is wrapped', () => {
  it('by Azure is taken out, alone and among other records', () => {
    const record = (category: string, log: string): object => ({
      time: '2026-01-31T08:00:01Z',
      resourceId:
        '/SUBSCRIPTIONS/1/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/C',
      operationName: 'Microsoft.ContainerService/managedClusters/diagnosticLogs/Read',
      category,
      properties: { log, stream: 'stdout', pod: 'kube-apiserver-0' },
    })
    const records = [
      record('kube-audit-admin', json(2)),
      record('kube-scheduler', 'I0131 hello'),
      record('kube-audit', json(3)),
    ]
    const { ids, events, bodies, malformed } = read([
      JSON.stringify(record('kube-audit', `${json(1)}\n`)),
      JSON.stringify({ records }),
    ])
    expect(ids).toEqual(['audit-1', 'audit-2', 'audit-3'])
    expect(events).toEqual({ aks: 3 })
    expect(malformed).toEqual({ not_an_audit_event: 1 })
    expect(bodies[0]).toEqual(JSON.parse(json(1)))
  })

  it('by CloudWatch is taken out, also of several objects on a line', () => {
    const message = (logStream: string, ...messages: string[]): string =>
      JSON.stringify({
        messageType: 'DATA_MESSAGE',
        owner: '111111111111',
        logGroup: '/aws/eks/shop/cluster',
        logStream,
        subscriptionFilters: ['waggle'],
        logEvents: messages.map((text, id) => ({ id, timestamp: 1769846400000, message: text })),
      })
    const { ids, events, malformed } = read([
      message('kube-apiserver-audit-0123', json(1), json(2)),
      message('kube-apiserver-audit-0123', json(3)) + message('kube-apiserver-audit-9', json(4)),
      message('kube-scheduler-0123', 'I0131 hello'),
      `2026-01-31T08:00:00.100000+00:00 kube-apiserver-audit-0123 ${json(5)}`,
      JSON.stringify({ '@timestamp': '2026-01-31', '@message': json(6) }),
    ])
    expect(ids).toEqual([1, 2, 3, 4, 5, 6].map((n) => `audit-${n}`))
    expect(events).toEqual({ eks: 4, plain: 1, json_log: 1 })
    expect(malformed).toEqual({ not_an_audit_event: 1 })
  })

  it('by fluent-bit or Docker is taken out, as a text or as an object', () => {
    const { ids, events } = read([
      JSON.stringify({ log: `${json(1)}\n`, stream: 'stdout', time: '2026-01-31T08:00:00Z' }),
      JSON.stringify({ date: 1769846400.1, log: eventOf(2) }),
      JSON.stringify([{ date: 1769846400.1, log: json(3) }]),
    ])
    expect(ids).toEqual(['audit-1', 'audit-2', 'audit-3'])
    expect(events).toEqual({ json_log: 3 })
  })

  it('by Google is made again of what is in the entry', () => {
    const entry = (given: object, top = {}): string =>
      JSON.stringify({
        protoPayload: {
          '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
          authenticationInfo: { principalEmail: 'system:kube-scheduler' },
          authorizationInfo: [{ granted: true, permission: 'io.k8s.core.v1.pods.create' }],
          methodName: 'io.k8s.core.v1.pods.create',
          requestMetadata: { callerIp: '10.0.0.1', callerSuppliedUserAgent: 'kubectl/v1.36' },
          resourceName: 'core/v1/namespaces/shop/pods/web-1',
          serviceName: 'k8s.io',
          status: { code: 0 },
          ...given,
        },
        insertId: 'insert-1',
        resource: { type: 'k8s_cluster', labels: { cluster_name: 'c' } },
        timestamp: '2026-01-31T08:00:00.123456789Z',
        labels: { 'authorization.k8s.io/decision': 'allow' },
        operation: { id: 'operation-1', producer: 'k8s.io', first: true, last: true },
        ...top,
      })
    const pod = { '@type': 'core.k8s.io/v1.Pod', metadata: { name: 'web-1', uid: 'u1' } }
    const { bodies, records, events, malformed } = read([
      entry({ request: pod, response: pod }),
      entry({
        methodName: 'io.k8s.core.v1.pods.binding.create',
        resourceName: 'core/v1/namespaces/shop/pods/web-1/binding',
        status: { code: 6, message: 'already assigned' },
      }),
      entry({
        methodName: 'io.k8s.apps.v1.deployments.patch',
        resourceName: 'apps/v1/namespaces/shop/deployments/web',
      }),
      entry({
        methodName: 'google.container.v1.ClusterManager.CreateCluster',
        serviceName: 'container.googleapis.com',
      }),
    ])
    expect(bodies[0]).toEqual({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: 'operation-1',
      stage: 'ResponseComplete',
      requestURI: '/core/v1/namespaces/shop/pods/web-1',
      verb: 'create',
      user: { username: 'system:kube-scheduler' },
      sourceIPs: ['10.0.0.1'],
      userAgent: 'kubectl/v1.36',
      objectRef: {
        resource: 'pods',
        namespace: 'shop',
        name: 'web-1',
        uid: 'u1',
        apiVersion: 'v1',
      },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web-1', uid: 'u1' } },
      responseObject: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web-1', uid: 'u1' } },
      requestReceivedTimestamp: '2026-01-31T08:00:00.123456789Z',
      stageTimestamp: '2026-01-31T08:00:00.123456789Z',
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    })
    expect(
      records.map(({ attributes: a }) => [
        a['k8s.audit.resource'],
        a['k8s.audit.level'],
        a['http.response.status_code'],
      ]),
    ).toEqual([
      ['pods', 'RequestResponse', 201],
      ['pods/binding', 'Metadata', 409],
      ['deployments', 'Metadata', 200],
    ])
    expect(records[0]?.timeNs).toBe(BigInt(Date.UTC(2026, 0, 31, 8)) * 1_000_000n + 123_456_789n)
    expect(events).toEqual({ gke: 3 })
    expect(malformed).toEqual({ not_an_audit_event: 1 })
  })
})
