import { EbpfFlowsReceiver } from '../../receivers/ebpf_flows/receiver.ts'
import { ebpfFlowsConfig } from '../../receivers/ebpf_flows/config.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import { type DnsObservations, isDns } from '../../src/pdata/dns_observations.ts'
import type { ComponentCounters } from '../../src/telemetry/counters.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { atEnd } from './cleanup.ts'

/** What was reported of one question to a name server. */
export interface LookupRow {
  role: string
  netns: number
  comm: string
  client: string
  server: string
  name: string
  type: string
  /** Empty where no answer came. */
  code: string
  error: string
  answers: number
  truncated: boolean
  timesAsked: number
  askedNs: bigint
  durationMs: number
}

/** A receiver that reads DNS in this process. */
export interface LookupCount {
  readonly counters: ComponentCounters
  /** What it has told so far, in the order of asking. */
  rows: () => LookupRow[]
  /** What the programs have met so far, by their own names for it. */
  events: () => Record<string, number>
  /** Ends it; returns what it has told. */
  stop: () => Promise<LookupRow[]>
}

/** Starts to read DNS. */
export async function readLookups(dns: object = {}, options: object = {}): Promise<LookupCount> {
  const registry = new MetricRegistry('normal')
  const settings = {
    ...testSettings({ role: 'receiver', type: 'ebpf_flows' }),
    meter: registry.meter({}),
  }
  const receiver = new EbpfFlowsReceiver(
    settings,
    ebpfFlowsConfig.parse({ dns: { enabled: true, ...dns }, ...options }),
  )
  const rows: LookupRow[] = []
  receiver.batches$.subscribe((batch) => {
    if (batch.kind === 'observations' && batch.schema === 'network' && isDns(batch)) {
      for (let i = 0; i < batch.itemCount; i++) rows.push(rowOf(batch, i))
    }
    batch.delivery.settle({ kind: 'accepted' })
  })
  await receiver.start()
  atEnd('a receiver of DNS', () => receiver.shutdown())
  const sorted = () => rows.toSorted((a, b) => (a.askedNs < b.askedNs ? -1 : 1))
  return {
    counters: settings.counters,
    rows: sorted,
    events: () => eventsOf(registry),
    stop: async () => {
      await receiver.shutdown()
      return sorted()
    },
  }
}

function rowOf(batch: DnsObservations, i: number): LookupRow {
  const local = `${batch.localAddress(i)} ${batch.localPort(i)}`
  const peer = `${batch.peerAddress(i)} ${batch.peerPort(i)}`
  const role = batch.role(i)
  return {
    role,
    netns: batch.netns(i),
    comm: batch.comm(i),
    client: role === 'client' ? local : peer,
    server: role === 'client' ? peer : local,
    name: batch.question(i),
    type: batch.questionType(i),
    code: batch.responseCode(i),
    error: batch.reason(i),
    answers: batch.answers(i),
    truncated: batch.isTruncated(i),
    timesAsked: batch.timesAsked(i),
    askedNs: batch.askedNs(i),
    durationMs: batch.durationNs(i) / 1e6,
  }
}

function eventsOf(registry: MetricRegistry): Record<string, number> {
  const events: Record<string, number> = {}
  for (const { facts, points } of registry.collect().metrics) {
    if (facts.name !== 'waggle.bpf.events' && facts.name !== 'waggle.bpf.dropped') continue
    for (const { attributes, value } of points) {
      if (attributes['program'] !== 'flows_dns' || value === 0) continue
      events[String(attributes['event'] ?? attributes['reason'])] = value
    }
  }
  return events
}
