import type { Delivery } from '../../src/pdata/delivery.ts'
import type { EncodedItems } from '../../src/pdata/encoded_items.ts'
import { EncodedLogList } from '../../src/pdata/encoded_logs.ts'
import { EncodedSpanList } from '../../src/pdata/encoded_spans.ts'
import { logItems, spanItems } from '../../src/pdata/item_bytes.ts'
import { type LogGroup, Logs } from '../../src/pdata/logs.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { type MetricGroup, Metrics } from '../../src/pdata/metrics.ts'
import { encodedResource, type Group } from '../../src/pdata/otlp_groups.ts'
import { LOG } from '../../src/pdata/otlp_logs.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoReader, WIRE } from '../../src/pdata/proto_reader.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import { type SpanGroup, Traces } from '../../src/pdata/traces.ts'
import type { HashRing } from './hash_ring.ts'

/** What goes to one endpoint. */
export type RoutingKey = 'traceID' | 'service' | 'resource'

/** A batch in parts, by the endpoint that gets each: its number in the ring. */
export type Parts = ReadonlyMap<number, OtlpBatch>

/** Parts a batch; one that goes to one endpoint is its only part itself. */
export function partBatch(batch: OtlpBatch, key: RoutingKey | undefined, ring: HashRing): Parts {
  if (ring.endpoints.length === 1) return new Map([[0, batch]])
  const { delivery } = batch
  switch (batch.kind) {
    case 'traces': {
      const byTrace = key === undefined || key === 'traceID'
      const part = byTrace ? partSpans : wholeGroup<SpanGroup>(key)
      const made = (groups: SpanGroup[]): Traces => new Traces(groups, delivery)
      return parted(batch, partGroups(batch.groups, part, ring), made)
    }
    case 'logs': {
      const byTrace = key === undefined || key === 'traceID'
      const part = byTrace ? partRecords : wholeGroup<LogGroup>(key)
      const made = (groups: LogGroup[]): Logs => new Logs(groups, delivery)
      return parted(batch, partGroups(batch.groups, part, ring), made)
    }
    case 'metrics': {
      const part = wholeGroup<MetricGroup>(key === 'resource' ? key : 'service')
      const made = (groups: MetricGroup[]): Metrics => new Metrics(groups, delivery)
      return parted(batch, partGroups(batch.groups, part, ring), made)
    }
  }
}

type Send<G> = (owner: number, group: G) => void
type PartGroup<G> = (group: G, ring: HashRing, send: Send<G>) => void

function partGroups<G>(groups: readonly G[], part: PartGroup<G>, ring: HashRing): Map<number, G[]> {
  const parts = new Map<number, G[]>()
  const send: Send<G> = (owner, group) => {
    const known = parts.get(owner)
    if (known) known.push(group)
    else parts.set(owner, [group])
  }
  for (const group of groups) part(group, ring, send)
  return parts
}

function parted<G>(
  batch: OtlpBatch & { readonly delivery: Delivery },
  parts: ReadonlyMap<number, G[]>,
  made: (groups: G[]) => OtlpBatch,
): Parts {
  const [first] = parts.keys()
  if (parts.size === 1) return new Map([[first as number, batch]])
  return new Map([...parts].map(([owner, groups]) => [owner, made(groups)]))
}

const SERVICE = 'service.name'

/** All of a group goes to one endpoint. What has no service is as of one without a name. */
function wholeGroup<G extends Group>(key: 'service' | 'resource'): PartGroup<G> {
  const bytesOf = (resource: Resource): Buffer => {
    if (key === 'resource') return encodedResource(resource).own
    const service = resource.attributes[SERVICE]
    return Buffer.from(typeof service === 'string' ? service : '')
  }
  return (group, ring, send) => send(ring.ownerOf(bytesOf(group.resource)), group)
}

function partSpans(group: SpanGroup, ring: HashRing, send: Send<SpanGroup>): void {
  const items = spanItems(group.spans)
  partItems(items, SPAN.traceId, ring, (owner, part) => {
    send(owner, part === items ? group : { ...group, spans: new EncodedSpanList(part) })
  })
}

/** Records of no trace are as of one without an id. */
function partRecords(group: LogGroup, ring: HashRing, send: Send<LogGroup>): void {
  const items = logItems(group.logs)
  partItems(items, LOG.traceId, ring, (owner, part) => {
    send(owner, part === items ? group : { ...group, logs: new EncodedLogList(part) })
  })
}

const reader = new ProtoReader()

/** @param field that of the trace id */
function partItems(
  items: EncodedItems,
  field: number,
  ring: HashRing,
  send: (owner: number, part: EncodedItems) => void,
): void {
  const indices = new Map<number, number[]>()
  const { bytes } = items
  for (let i = 0; i < items.length; i++) {
    let from = 0
    let to = 0
    reader.over(bytes, items.start(i), items.end(i))
    while (reader.next()) {
      if (reader.field !== field || reader.wire !== WIRE.bytes) continue
      from = reader.from
      to = reader.to
      // In a span it stands in front.
      if (field === SPAN.traceId) break
    }
    const owner = ring.ownerOf(bytes, from, to)
    const known = indices.get(owner)
    if (known) known.push(i)
    else indices.set(owner, [i])
  }
  const isWhole = indices.size === 1
  for (const [owner, rows] of indices) send(owner, isWhole ? items : items.pick(rows))
}
