import { map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import { AttributeKey } from '../../src/pdata/attribute_editor.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ConcatLogList } from '../../src/pdata/concat_log_list.ts'
import { ConcatSpanList } from '../../src/pdata/concat_span_list.ts'
import {
  editLogAttributes,
  editPointAttributes,
  editSpanAttributes,
  POINT_ATTRIBUTES,
} from '../../src/pdata/edit_attributes.ts'
import type { EncodedItems } from '../../src/pdata/encoded_items.ts'
import { EncodedLogList } from '../../src/pdata/encoded_logs.ts'
import type { EncodedMetric } from '../../src/pdata/encoded_metrics.ts'
import { EncodedSpanList } from '../../src/pdata/encoded_spans.ts'
import { logItems, spanItems } from '../../src/pdata/item_bytes.ts'
import type { LogGroup, LogList } from '../../src/pdata/logs.ts'
import { type OtlpGroup, remade } from '../../src/pdata/map_groups.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import { LOG } from '../../src/pdata/otlp_logs.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import type { SpanGroup, SpanList } from '../../src/pdata/traces.ts'
import type { GroupByAttrsConfig } from './config.ts'
import { encodedMetrics, joinedGroup } from './metrics.ts'
import { type Part, Parting } from './parting.ts'
import { Targets } from './targets.ts'

/** `group_by_attrs` as a component: a batch that is grouped so already is handed on itself. */
export class GroupByAttrsProcessor implements Processor {
  readonly #hasKeys: boolean
  readonly #parting: Parting

  constructor({ keys }: GroupByAttrsConfig) {
    this.#hasKeys = keys.length > 0
    this.#parting = new Parting([...new Set(keys)].map((key) => new AttributeKey(key)))
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) => source.pipe(map((batch) => this.#regroup(batch)))
  }

  #regroup(batch: Batch): Batch {
    switch (batch.kind) {
      case 'traces':
        return made(batch, this.#spans(batch.groups))
      case 'logs':
        return made(batch, this.#logs(batch.groups))
      case 'metrics':
        return made(batch, this.#metrics(batch.groups))
      case 'observations':
        return batch
    }
  }

  #spans(groups: readonly SpanGroup[]): SpanGroup[] {
    const targets = new Targets<SpanGroup>()
    for (const group of groups) {
      const { resource, scope, spans } = group
      if (!this.#hasKeys) targets.add(resource, scope, group)
      else this.#partSpans(group, spanItems(spans), targets)
    }
    return targets.all().map(({ resource, scope, parts }) => {
      if (parts.length === 1) return parts[0] as SpanGroup
      return { resource, scope, spans: ConcatSpanList.of(parts.map(({ spans }) => spans)) }
    })
  }

  #partSpans(group: SpanGroup, items: EncodedItems, targets: Targets<SpanGroup>): void {
    const { scope } = group
    for (const part of this.#parts(items, SPAN.attributes)) {
      const resource = this.#parting.resourceFor(group.resource, part)
      const isAll = part.indices.length === items.length
      const picked: SpanList = isAll ? group.spans : new EncodedSpanList(items.pick(part.indices))
      const spans = isMoved(part) ? editSpanAttributes(picked, this.#parting.strip) : picked
      const isSame = spans === group.spans && resource === group.resource
      targets.add(resource, scope, isSame ? group : { resource, scope, spans })
    }
  }

  #logs(groups: readonly LogGroup[]): LogGroup[] {
    const targets = new Targets<LogGroup>()
    for (const group of groups) {
      const { resource, scope, logs } = group
      if (!this.#hasKeys) targets.add(resource, scope, group)
      else this.#partLogs(group, logItems(logs), targets)
    }
    return targets.all().map(({ resource, scope, parts }) => {
      if (parts.length === 1) return parts[0] as LogGroup
      return { resource, scope, logs: ConcatLogList.of(parts.map(({ logs }) => logs)) }
    })
  }

  #partLogs(group: LogGroup, items: EncodedItems, targets: Targets<LogGroup>): void {
    const { scope } = group
    for (const part of this.#parts(items, LOG.attributes)) {
      const resource = this.#parting.resourceFor(group.resource, part)
      const isAll = part.indices.length === items.length
      const picked: LogList = isAll ? group.logs : new EncodedLogList(items.pick(part.indices))
      const logs = isMoved(part) ? editLogAttributes(picked, this.#parting.strip) : picked
      const isSame = logs === group.logs && resource === group.resource
      targets.add(resource, scope, isSame ? group : { resource, scope, logs })
    }
  }

  #parts(items: EncodedItems, field: number): Part[] {
    return this.#parting.part(items.length, (i, attributes) => {
      attributes.over(items.bytes, items.start(i), items.end(i), field)
    })
  }

  #metrics(groups: readonly MetricGroup[]): MetricGroup[] {
    const targets = new Targets<MetricPart>()
    for (const group of groups) {
      if (this.#hasKeys) this.#partMetrics(group, targets)
      else targets.add(group.resource, group.scope, { group, metrics: undefined })
    }
    return targets.all().map(({ resource, scope, parts }) => {
      const [{ group, metrics }] = parts as [MetricPart]
      if (parts.length === 1 && !metrics) return group
      const all = parts.flatMap((part) => part.metrics ?? encodedMetrics(part.group))
      return editPointAttributes(joinedGroup(resource, scope, all), this.#parting.strip)
    })
  }

  #partMetrics(group: MetricGroup, targets: Targets<MetricPart>): void {
    const all = encodedMetrics(group).map((metric) => ({ metric, parts: this.#pointParts(metric) }))
    if (all.every(({ parts }) => !parts.some(isMoved))) {
      return targets.add(group.resource, group.scope, { group, metrics: undefined })
    }
    for (const { metric, parts } of all) {
      for (const part of parts) {
        const resource = this.#parting.resourceFor(group.resource, part)
        const wanted = new Set(part.indices)
        const picked = parts.length === 1 ? metric : metric.pick((i) => wanted.has(i))
        targets.add(resource, group.scope, { group, metrics: [picked] })
      }
    }
  }

  #pointParts(metric: EncodedMetric): Part[] {
    const places = metric.pointPlaces()
    const field = POINT_ATTRIBUTES[metric.type]
    return this.#parting.part(places.length / 3, (i, attributes) => {
      attributes.over(metric.bytes, places[3 * i + 1] as number, places[3 * i + 2] as number, field)
    })
  }
}

/** Metrics of a group, or all of them where none of their points moves. */
interface MetricPart {
  readonly group: MetricGroup
  readonly metrics: readonly EncodedMetric[] | undefined
}

function isMoved({ values }: Part): boolean {
  return values.some((value) => value !== undefined)
}

function made(batch: OtlpBatch, groups: readonly OtlpGroup[]): Batch {
  const before: readonly OtlpGroup[] = batch.groups
  const isSame = groups.length === before.length && groups.every((group, i) => group === before[i])
  return isSame ? batch : remade(batch, groups)
}
