import { EMPTY, ignoreElements, mergeWith, tap } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { PodDeliveryConfig } from './config.ts'

/** `pod_delivery` as a component. */
export class PodDeliveryConnector implements Connector {
  readonly operator: OperatorFunction<Batch, Batch>

  constructor({ counters }: Settings, _config: PodDeliveryConfig) {
    this.operator = (source) =>
      source.pipe(
        tap(({ itemCount, delivery }) => {
          counters.countOut(itemCount)
          delivery.settle(ACCEPTED)
        }),
        ignoreElements(),
        mergeWith(EMPTY),
      )
  }
}
