import { asyncScheduler } from 'rxjs'
import type { OperatorFunction, SchedulerLike } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { countingOperator } from '../../src/helpers/counting_connector.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Aggregator } from './aggregator.ts'
import type { SpanMetricsConfig } from './config.ts'
import { registerAccount } from './self_metrics.ts'

/** `span_metrics` as a component. */
export class SpanMetricsConnector implements Connector {
  readonly operator: OperatorFunction<Batch, Batch>

  /**
   * @param scheduler its clock is the wall clock
   * @param random from 0 up to, not including, 1
   */
  constructor(
    settings: Settings,
    config: SpanMetricsConfig,
    scheduler: SchedulerLike = asyncScheduler,
    random: () => number = Math.random,
  ) {
    this.operator = countingOperator({
      settings,
      flushMs: config.metrics_flush_interval,
      scheduler,
      open: (emit) => {
        const counter = new Aggregator(config, {
          settings,
          nowMs: () => scheduler.now(),
          random,
          onEvicted: (group) => emit([group]),
        })
        return { counter, end: registerAccount(settings.meter, () => counter.account) }
      },
    })
  }
}
