import { asyncScheduler } from 'rxjs'
import type { OperatorFunction, SchedulerLike } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { countingOperator } from '../../src/helpers/counting_connector.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { ServiceGraphConfig } from './config.ts'
import { Graph } from './graph.ts'
import { registerAccount } from './self_metrics.ts'

/** `service_graph` as a component. */
export class ServiceGraphConnector implements Connector {
  readonly operator: OperatorFunction<Batch, Batch>

  /**
   * @param scheduler its clock is the wall clock
   * @param random from 0 up to, not including, 1
   */
  constructor(
    settings: Settings,
    config: ServiceGraphConfig,
    scheduler: SchedulerLike = asyncScheduler,
    random: () => number = Math.random,
  ) {
    this.operator = countingOperator({
      settings,
      flushMs: config.metrics_flush_interval,
      scheduler,
      open: () => {
        const graph = new Graph(config, { settings, nowMs: () => scheduler.now(), random })
        const chores = [
          { intervalMs: config.store_expiration_loop, run: () => graph.expireHalves() },
          { intervalMs: config.cache_loop, run: () => graph.expireSeries() },
        ]
        return { counter: graph, chores, end: registerAccount(settings.meter, () => graph.account) }
      },
    })
  }
}
