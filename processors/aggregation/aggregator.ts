import type { Delivery } from '../../src/pdata/delivery.ts'
import { isDns } from '../../src/pdata/dns_observations.ts'
import { Logs } from '../../src/pdata/logs.ts'
import { Metrics, pointCountOf } from '../../src/pdata/metrics.ts'
import type { NetworkObservations } from '../../src/pdata/network_observations.ts'
import type { Scope } from '../../src/pdata/resource.ts'
import type { AggregationConfig } from './config.ts'
import { LogGroups } from './log_groups.ts'
import { lookupLogs } from './lookup_logs.ts'
import { MetricGroups } from './metric_groups.ts'
import type { Owners } from './owners.ts'
import { type Product, Recipe } from './recipe.ts'
import type { Flush, Rollup } from './rollup.ts'

/** What an aggregator gets beside its configuration. */
export interface Surroundings {
  readonly product: Product
  /** This build. */
  readonly version: string
  readonly owners: Owners
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
}

/** What was made of the reports since the last flush. */
export interface Made {
  /** Data points or log records. */
  readonly items: number
  readonly batch: (delivery: Delivery) => Metrics | Logs
}

/** Sums reports up. */
export class Aggregator {
  readonly rollups: readonly Rollup[]
  readonly #config: AggregationConfig
  readonly #surroundings: Surroundings
  readonly #recipe: Recipe
  readonly #scope: Scope
  /** Since when the reports at hand have been counted, in nanoseconds since 1970. */
  #intervalNs: bigint

  constructor(config: AggregationConfig, surroundings: Surroundings) {
    this.#config = config
    this.#surroundings = surroundings
    this.#recipe = new Recipe(config, surroundings.product, surroundings.owners.everybody)
    this.#scope = { name: 'waggle/aggregation', version: surroundings.version }
    this.#intervalNs = nanoseconds(surroundings.nowMs())
    this.rollups = this.#recipe.rollups
  }

  /** Counts the reports of a batch. */
  add(records: NetworkObservations): void {
    const { owners } = this.#surroundings
    const { rollups } = this
    owners.refresh()
    const { itemCount } = records
    for (let i = 0; i < itemCount; i++) {
      const owner = owners.of(records, i)
      for (let n = 0; n < rollups.length; n++) (rollups[n] as Rollup).count(records, i, owner)
    }
  }

  /** What is made of a batch at once: log records of questions to name servers, where logs are made. */
  tell(records: NetworkObservations): Made | undefined {
    const { product, owners, nowMs } = this.#surroundings
    if (product !== 'logs' || !isDns(records)) return undefined
    const groups = lookupLogs(records, owners, this.#scope, nanoseconds(nowMs()))
    return { items: records.itemCount, batch: (delivery) => new Logs(groups, delivery) }
  }

  /** What was counted, as the pipeline's kind has it. */
  flush(): Made {
    const nowMs = this.#surroundings.nowMs()
    const { metrics_expiration: expiration } = this.#config
    const expiredMs = expiration === 0 ? undefined : nowMs - expiration
    const timeNs = nanoseconds(nowMs)
    const when = { nowMs, intervalNs: this.#intervalNs, expiredMs }
    this.#intervalNs = timeNs
    return this.#surroundings.product === 'logs'
      ? this.#logs(when, timeNs)
      : this.#metrics(when, timeNs)
  }

  #metrics(when: Flush, timeNs: bigint): Made {
    const out = new MetricGroups(this.#scope, this.#recipe.temporality, timeNs)
    for (const rollup of this.rollups) {
      rollup.flush(when, (row) => out.add(row, rollup.layout))
    }
    const groups = out.groups()
    const metrics = groups.flatMap((group) => group.metrics)
    const items = metrics.reduce((sum, metric) => sum + pointCountOf(metric), 0)
    return { items, batch: (delivery) => new Metrics(groups, delivery) }
  }

  #logs(when: Flush, timeNs: bigint): Made {
    const out = new LogGroups(this.#scope, timeNs)
    for (const rollup of this.rollups) {
      rollup.flush(when, (row) => out.add(row, rollup.layout))
    }
    const groups = out.groups()
    const items = groups.reduce((sum, { logs }) => sum + logs.length, 0)
    return { items, batch: (delivery) => new Logs(groups, delivery) }
  }
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n
}
