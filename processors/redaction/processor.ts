import { map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import {
  editInnerAttributes,
  editLogAttributes,
  editPointAttributes,
  editSpanAttributes,
} from '../../src/pdata/edit_attributes.ts'
import { editScope, ResourceEditor } from '../../src/pdata/edit_resource.ts'
import type { LogGroup, LogList } from '../../src/pdata/logs.ts'
import { mapGroups, type OtlpGroup, withResource } from '../../src/pdata/map_groups.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import type { Scope } from '../../src/pdata/resource.ts'
import type { SpanGroup, SpanList } from '../../src/pdata/traces.ts'
import { AttributeRedaction } from './attributes.ts'
import { BodyRedaction } from './body.ts'
import type { RedactionConfig } from './config.ts'
import { Rules } from './rules.ts'
import { Summary } from './summary.ts'

/** `redaction` as a component: resources and scopes are redacted once each. */
export class RedactionProcessor implements Processor {
  readonly #attributes: AttributeRedaction
  readonly #bodies: BodyRedaction
  readonly #summary: Summary
  readonly #resources: ResourceEditor
  readonly #scopes = new WeakMap<Scope, Scope>()

  constructor(config: RedactionConfig) {
    const rules = new Rules(config)
    this.#summary = new Summary(config.summary)
    this.#attributes = new AttributeRedaction(rules, this.#summary)
    this.#bodies = new BodyRedaction(rules)
    this.#resources = new ResourceEditor(this.#attributes.redact)
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) => source.pipe(map((batch) => this.#redact(batch)))
  }

  #redact(given: Batch): Batch {
    const batch = this.#resources.batch(given)
    switch (batch.kind) {
      case 'traces':
        return mapGroups(batch, (group) => this.#spanGroup(group))
      case 'logs':
        return mapGroups(batch, (group) => this.#logGroup(group))
      case 'metrics':
        return mapGroups(batch, (group) => this.#metricGroup(group))
      case 'observations':
        return batch
    }
  }

  #spanGroup(group: SpanGroup): SpanGroup {
    const spans = this.#spans(group.spans)
    return this.#scoped(spans === group.spans ? group : { ...group, spans })
  }

  #spans(given: SpanList): SpanList {
    const { redact } = this.#attributes
    const own = editSpanAttributes(given, redact)
    return editInnerAttributes(editInnerAttributes(own, 'events', redact), 'links', redact)
  }

  #logGroup(group: LogGroup): LogGroup {
    const logs = this.#logs(group.logs)
    return this.#scoped(logs === group.logs ? group : { ...group, logs })
  }

  #logs(given: LogList): LogList {
    const { logs, findings } = this.#bodies.redact(given)
    return editLogAttributes(logs, (attributes, i) => {
      this.#attributes.redact(attributes)
      const found = findings.get(i)
      if (found) this.#summary.ofBody(attributes, found)
    })
  }

  #metricGroup(group: MetricGroup): MetricGroup {
    return this.#scoped(editPointAttributes(group, this.#attributes.redact))
  }

  #scoped<G extends OtlpGroup>(group: G): G {
    const { scope } = group
    let redacted = this.#scopes.get(scope)
    if (!redacted) {
      redacted = editScope(scope, this.#attributes.redact)
      this.#scopes.set(scope, redacted)
    }
    return withResource(group, group.resource, redacted)
  }
}
