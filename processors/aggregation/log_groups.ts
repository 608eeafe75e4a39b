import type { Attributes } from '../../src/pdata/attributes.ts'
import { LogArray } from '../../src/pdata/log_array.ts'
import type { LogGroup, LogRecord } from '../../src/pdata/logs.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { Layout } from './layout.ts'
import type { Row } from './rollup.ts'
import { REASONS } from './sides.ts'

/** `INFO` (OTLP `SeverityNumber`). */
const INFO = 9

/** Makes log records of series: one for each flow. */
export class LogGroups {
  readonly #scope: Scope
  readonly #timeNs: bigint
  readonly #resources = new Map<Resource, LogRecord[]>()

  constructor(scope: Scope, timeNs: bigint) {
    this.#scope = scope
    this.#timeNs = timeNs
  }

  /** Adds the record of a flow: what it has counted in the interval that ends now. */
  add(row: Row, layout: Layout): void {
    const records = this.#resources.get(row.resource) ?? []
    this.#resources.set(row.resource, records)
    records.push({
      timeNs: this.#timeNs,
      observedNs: this.#timeNs,
      severity: INFO,
      severityText: '',
      body: null,
      attributes: {
        ...row.attributes(REASONS.flow),
        ...this.#valuesOf(row, layout),
        'waggle.flow.start': row.startNs,
      },
      flags: 0,
      traceId: '',
      spanId: '',
      eventName: 'waggle.network.flow',
    })
  }

  #valuesOf({ values, from }: Row, { placed, bounds }: Layout): Attributes {
    const told = placed.map(({ instrument: { name, gauge }, slot }): [string, number] => {
      const at = from + slot
      return [name, gauge ? this.#mean(values, at, bounds.length + 1) : (values[at] as number)]
    })
    return Object.fromEntries(told.filter(([, value]) => value > 0))
  }

  #mean(values: Float64Array, sum: number, buckets: number): number {
    const counts = values.subarray(sum + 1, sum + 1 + buckets)
    const count = counts.reduce((total, one) => total + one, 0)
    return count === 0 ? 0 : Math.round((values[sum] as number) / count)
  }

  /** What was added, by resource. */
  groups(): LogGroup[] {
    return [...this.#resources].map(([resource, records]) => ({
      resource,
      scope: this.#scope,
      logs: new LogArray(records),
    }))
  }
}
