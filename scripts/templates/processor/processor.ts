import { filter } from 'rxjs'
import type { MonoTypeOperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { TemplateNameConfig } from './config.ts'

/** `template_name` as a component. */
export class TemplateNameProcessor implements Processor {
  readonly operator: MonoTypeOperatorFunction<Batch>

  constructor({ counters }: Settings, { min_items: minItems }: TemplateNameConfig) {
    const onDropped = (items: number): void => counters.drop('too_few_items', items)
    this.operator = atLeast({ minItems, onDropped })
  }
}

/** What `atLeast` goes by. */
export interface AtLeastOptions {
  /** Batches with fewer items end here. */
  readonly minItems: number
  /** Told of the items of each batch that ends here. */
  readonly onDropped?: (items: number) => void
}

/** Leaves out batches with few items: what is left out on purpose is settled as accepted. */
export function atLeast({
  minItems,
  onDropped = () => {},
}: AtLeastOptions): MonoTypeOperatorFunction<Batch> {
  return filter(({ itemCount, delivery }) => {
    if (itemCount >= minItems) return true
    onDropped(itemCount)
    delivery.settle(ACCEPTED)
    return false
  })
}
