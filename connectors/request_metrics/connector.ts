import type { OperatorFunction, SchedulerLike } from 'rxjs'
import { asyncScheduler } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { countingOperator } from '../../src/helpers/counting_connector.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Aggregator } from './aggregator.ts'
import type { RequestMetricsConfig } from './config.ts'
import { registerAccount } from './self_metrics.ts'

/** `request_metrics` as a component. */
export class RequestMetricsConnector implements Connector {
  readonly operator: OperatorFunction<Batch, Batch>

  /** @param scheduler its clock is the wall clock */
  constructor(
    settings: Settings,
    config: RequestMetricsConfig,
    scheduler: SchedulerLike = asyncScheduler,
  ) {
    this.operator = countingOperator({
      settings,
      flushMs: config.metrics_flush_interval,
      scheduler,
      open: (emit) => {
        const nowMs = (): number => scheduler.now()
        const onEvicted = (group: Parameters<typeof emit>[0][number]): void => emit([group])
        const counter = new Aggregator(config, { settings, nowMs, onEvicted })
        return { counter, end: registerAccount(settings.meter, () => counter.account) }
      },
    })
  }
}
