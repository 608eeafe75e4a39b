import { map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { actionsOf, type AttributeAction } from '../../src/helpers/attribute_actions.ts'
import { type Chosen, ItemSelection } from '../../src/helpers/item_match.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import {
  type EditItem,
  editLogAttributes,
  editPointAttributes,
  editSpanAttributes,
} from '../../src/pdata/edit_attributes.ts'
import type { LogGroup } from '../../src/pdata/logs.ts'
import { mapGroups } from '../../src/pdata/map_groups.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import type { SpanGroup } from '../../src/pdata/traces.ts'
import type { AttributesConfig } from './config.ts'

/** `attributes` as a component: a batch whose items stay as they are is handed on itself. */
export class AttributesProcessor implements Processor {
  readonly #selection: ItemSelection
  readonly #actions: AttributeAction

  /** Throws where `include` or `exclude` do not fit what the pipeline carries. */
  constructor({ counters }: Settings, { actions, include, exclude }: AttributesConfig) {
    this.#selection = new ItemSelection(include, exclude, counters.kind)
    this.#actions = actionsOf(actions)
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) => source.pipe(map((batch) => this.#change(batch)))
  }

  #change(batch: Batch): Batch {
    switch (batch.kind) {
      case 'traces':
        return mapGroups(batch, (group) => this.#spans(group))
      case 'logs':
        return mapGroups(batch, (group) => this.#logs(group))
      case 'metrics':
        return mapGroups(batch, (group) => this.#metrics(group))
      case 'observations':
        return batch
    }
  }

  #spans(group: SpanGroup): SpanGroup {
    const edit = this.#editOf(this.#selection.spans(group))
    const spans = edit ? editSpanAttributes(group.spans, edit) : group.spans
    return spans === group.spans ? group : { ...group, spans }
  }

  #logs(group: LogGroup): LogGroup {
    const edit = this.#editOf(this.#selection.logs(group))
    const logs = edit ? editLogAttributes(group.logs, edit) : group.logs
    return logs === group.logs ? group : { ...group, logs }
  }

  #metrics(group: MetricGroup): MetricGroup {
    const chosen = this.#selection.metrics(group)
    if (chosen === false) return group
    return editPointAttributes(group, this.#actions, chosen === true ? undefined : chosen)
  }

  #editOf(chosen: Chosen): EditItem | undefined {
    if (chosen === false) return undefined
    if (chosen === true) return this.#actions
    return (attributes, i) => {
      if (chosen(i)) this.#actions(attributes)
    }
  }
}
