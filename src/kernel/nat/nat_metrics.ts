import type { Meter } from '../../telemetry/meter.ts'

/** What is known, and what was lost so far. */
export interface NatCounts {
  readonly peers: number
  readonly evicted: number
  readonly overruns: number
}

/** Registers what is known of address translation; returns what ends it. */
export function countNat(meter: Meter, counts: NatCounts): () => void {
  const peers = {
    name: 'waggle.nat.peers',
    description: 'Peers behind address translation that are known now.',
    unit: '{peer}',
  }
  const lost = {
    name: 'waggle.nat.lost',
    description:
      'Peers behind address translation that had to make room (`full`), and times that too many events waited (`overrun`).',
    unit: '{event}',
  }
  const ends = [
    meter.gauge(peers, (observe) => observe(counts.peers)),
    meter.counter(lost, (observe) => {
      observe(counts.evicted, { reason: 'full' })
      observe(counts.overruns, { reason: 'overrun' })
    }),
  ]
  return () => ends.forEach((end) => end())
}
