import type { Kind } from '../../src/pdata/batch.ts'
import type { Meter } from '../../src/telemetry/meter.ts'

/** What the Collector calls the items of a kind, and their unit. It has no observations. */
const ITEMS: Readonly<Record<Kind, { readonly plural: string; readonly unit: string }>> = {
  observations: { plural: 'observations', unit: '{observation}' },
  traces: { plural: 'spans', unit: '{span}' },
  metrics: { plural: 'metric_points', unit: '{datapoint}' },
  logs: { plural: 'log_records', unit: '{record}' },
}

/** Items counted by their kind. */
export class KindCounts {
  readonly #counts = new Map<Kind, number>()

  /** Counts items. */
  add(kind: Kind, items: number): void {
    this.#counts.set(kind, this.of(kind) + items)
  }

  /** Items of a kind so far. */
  of(kind: Kind): number {
    return this.#counts.get(kind) ?? 0
  }

  /** Whether any of that kind was met. */
  has(kind: Kind): boolean {
    return this.#counts.has(kind)
  }

  /** Items of all kinds so far. */
  get sum(): number {
    return [...this.#counts.values()].reduce((total, items) => total + items, 0)
  }
}

/**
 * Registers what was accepted and refused, under the Collector's names.
 * @param own the kind of the pipeline, of which zeros are told too
 */
export function registerLimiterMetrics(
  meter: Meter,
  own: Kind | undefined,
  accepted: KindCounts,
  refused: KindCounts,
): void {
  const rows = [
    ['accepted', 'Items that were handed on.', accepted],
    ['refused', 'Items that were refused for lack of memory.', refused],
  ] as const
  for (const kind of Object.keys(ITEMS) as Kind[]) {
    const { plural, unit } = ITEMS[kind]
    const shown = (): boolean => kind === own || accepted.has(kind) || refused.has(kind)
    for (const [word, description, counts] of rows) {
      const name = `otelcol_processor_memory_limiter_${word}_${plural}`
      meter.counter({ name, description, unit, level: 'basic' }, (observe) => {
        if (shown()) observe(counts.of(kind))
      })
    }
  }
}
