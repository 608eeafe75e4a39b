import { withResource } from './map_groups.ts'
import type { Metric, MetricGroup } from './metrics.ts'
import { encodeGroupMetrics } from './otlp_metrics.ts'
import type { ProtoWriter } from './proto_writer.ts'
import type { Resource, Scope } from './resource.ts'

/** Several groups of one resource and scope as one: what was received stays bytes. */
export class ConcatMetricGroup implements MetricGroup {
  readonly resource: Resource
  readonly scope: Scope
  readonly #groups: readonly MetricGroup[]

  /** @param groups at least one */
  constructor(groups: readonly MetricGroup[]) {
    const [{ resource, scope }] = groups as readonly [MetricGroup]
    this.resource = resource
    this.scope = scope
    this.#groups = groups
  }

  /** One group for several: the group itself where there is only one. */
  static of(groups: readonly MetricGroup[]): MetricGroup {
    return groups.length === 1 ? (groups[0] as MetricGroup) : new ConcatMetricGroup(groups)
  }

  get metrics(): readonly Metric[] {
    return this.#groups.flatMap(({ metrics }) => metrics)
  }

  under(resource: Resource, scope: Scope): MetricGroup {
    const moved = this.#groups.map((group) => withResource(group, resource, scope))
    return new ConcatMetricGroup(moved)
  }

  encodeAll(out: ProtoWriter): void {
    for (let n = this.#groups.length - 1; n >= 0; n--) {
      encodeGroupMetrics(this.#groups[n] as MetricGroup, out)
    }
  }
}
