import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Extension } from '../../src/component/component.ts'
import type { StoredEntry, StoredQueue } from '../../src/component/storage.ts'
import { FakeClock, settingsOf } from '../../src/helpers/fixtures.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import type { LogRecord, Logs } from '../../src/pdata/logs.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { eventually, tempDir } from '../../test/kit/fixtures.ts'
import { k8sAuditConfig } from './config.ts'
import { K8sAuditReceiver } from './receiver.ts'

/** An audit event, in the order in which Go writes it. */
export function eventOf(n: number, given: Readonly<Record<string, unknown>> = {}): object {
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: `audit-${n}`,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/shop/pods/web-${n}/status`,
    verb: 'patch',
    user: { username: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] },
    sourceIPs: ['10.0.0.7'],
    userAgent: 'kubelet/v1.36.3 (linux/amd64) kubernetes/abc',
    objectRef: {
      resource: 'pods',
      namespace: 'shop',
      name: `web-${n}`,
      apiVersion: 'v1',
      subresource: 'status',
    },
    responseStatus: { metadata: {}, code: 200 },
    requestObject: { status: { phase: 'Running' } },
    responseObject: { kind: 'Pod', metadata: { name: `web-${n}` }, status: { phase: 'Running' } },
    requestReceivedTimestamp: '2026-01-31T08:00:00.100000Z',
    stageTimestamp: '2026-01-31T08:00:00.123456Z',
    annotations: { 'authorization.k8s.io/decision': 'allow' },
    ...given,
  }
}

/** The line of an event. */
export function lineOf(n: number, given: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify(eventOf(n, given))}\n`
}

/** The lines of events `from` to `to - 1`. */
export function linesOf(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => lineOf(from + i)).join('')
}

/** The ids of the events `from` to `to - 1`. */
export function idsOf(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `audit-${from + i}`)
}

/** A storage that outlives receivers, and forgets what they remove. */
export function memoryStorage() {
  const kept = new Map<StoredEntry, Buffer>()
  const queue = async (): Promise<StoredQueue> => ({
    recovered: [...kept.keys()],
    facts: { bytes: 0, damaged: 0 },
    put: async (requests) =>
      requests.map(({ body, items }) => {
        const entry = { items, bytes: body.length, dispatched: false }
        kept.set(entry, Buffer.from(body))
        return entry
      }),
    read: async (entry) => kept.get(entry) as Buffer,
    dispatch: async () => {},
    remove: async (entries) => {
      for (const entry of entries) kept.delete(entry)
    },
    close: async () => {},
  })
  return { queue, kept }
}

/** What a receiver under test is given. */
export interface Given {
  /** Options of `file`, beside its path. */
  readonly file?: object
  readonly options?: object
  readonly path?: string
  readonly extension?: unknown
  /** What becomes of each batch. */
  readonly answer?: (batch: Logs) => Outcome | undefined | void
  readonly clock?: FakeClock
}

/** A receiver that reads a file, whose time is the 31st of January 2026, 08:00:01. */
export async function reading(text: string | Buffer | undefined, given: Given = {}) {
  const { path = join(tempDir('k8s_audit'), 'audit.log'), extension } = given
  if (text !== undefined) writeFileSync(path, text)
  const file = {
    path,
    start_at: 'beginning',
    ...(extension !== undefined && { storage: 'file_storage' }),
    ...given.file,
  }
  const ran = receiving({ file, ...given.options }, given)
  await ran.receiver.start()
  const add = (more: string | Buffer): void => appendFileSync(path, more)
  return { ...ran, path, add }
}

/** A receiver that is not started. */
export function receiving(options: object, given: Given = {}) {
  const { settings, logged } = settingsOf('k8s_audit')
  const registry = new MetricRegistry('normal')
  const meter = registry.meter({})
  const host = { ...settings.host, extension: () => given.extension as Extension | undefined }
  const clock = given.clock ?? new FakeClock()
  const config = k8sAuditConfig.parse(options)
  const nowNs = (): bigint => BigInt(Date.UTC(2026, 0, 31, 8, 0, 1)) * 1_000_000n
  const receiver = new K8sAuditReceiver({ ...settings, meter, host }, config, clock, nowNs)
  const records: LogRecord[] = []
  let isComplete = false
  receiver.batches$.subscribe({
    next: (batch: Batch) => {
      const outcome = given.answer ? given.answer(batch as Logs) : ({ kind: 'accepted' } as const)
      for (const { logs } of (batch as Logs).groups) {
        for (let i = 0; i < logs.length; i++) records.push(logs.at(i))
      }
      if (outcome) batch.delivery.settle(outcome)
    },
    complete: () => (isComplete = true),
  })
  atEnd('receiver', async () => {
    const ending = receiver.shutdown()
    await clock.advance(10_000)
    await ending
  })
  const until = (check: () => void): Promise<void> =>
    eventually(async () => {
      await clock.advance(250)
      check()
    })
  const { counters } = settings
  return {
    receiver,
    clock,
    records,
    logged,
    until,
    counters,
    isComplete: () => isComplete,
    ids: () => records.map(({ attributes }) => attributes['k8s.audit.id']),
    dropped: () => Object.fromEntries(counters.dropped),
    metric: (name: string) => metricOf(registry, name),
  }
}

/** Values of a metric, by the values of their attributes. */
export function metricOf(registry: MetricRegistry, name: string): Record<string, number> {
  const found = registry.collect().metrics.find(({ facts }) => facts.name === name)
  const points = found?.points ?? []
  return Object.fromEntries(
    points.map(({ attributes, value }) => [Object.values(attributes).join(' '), value]),
  )
}
