import type { Meter } from '../telemetry/meter.ts'

/** How much a receiver has left out on purpose so far, by reason. */
export interface LeftOutCounts {
  readonly counts: ReadonlyMap<string, number>
}

/** Registers the counts of what is left out. */
export function countLeftOut(meter: Meter, chosen: LeftOutCounts): void {
  meter.counter(
    {
      name: 'waggle.receiver.excluded',
      description: 'What was left out on purpose, by reason.',
      unit: '{exchange}',
    },
    (observe) => {
      for (const [reason, count] of chosen.counts) observe(count, { reason })
    },
  )
}
