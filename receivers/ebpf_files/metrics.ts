import { getSystemErrorName } from 'node:util'
import type { Attributes } from '../../src/pdata/attributes.ts'
import { type Metric, type Point, TEMPORALITY } from '../../src/pdata/metrics.ts'
import { BOUNDS, OPERATIONS } from './record.ts'
import type { Entry, Sum } from './table.ts'

/** The sums of an owner, by operation and error. */
export type Sums = ReadonlyMap<number, Sum>

/** Names the sum that an entry belongs to among those of its owner. */
export function placeOf({ operation, error }: Pick<Entry, 'operation' | 'error'>): number {
  return operation * 0x1_0000 + error
}

/** Nanoseconds since 1970. */
export type Times = Pick<Point, 'startNs' | 'timeNs'>

/** Neither has a name in the semantic conventions, whose `disk` is that of block devices. */
const DURATION = 'waggle.file.operation.duration'
const IO = 'waggle.file.io'

/** How long operations took, and what they read and wrote. Nothing is told of where there is no sum. */
export function metricsOf(sums: Sums, times: Times): Metric[] {
  const temporality = TEMPORALITY.cumulative
  const bytes = [...sums].filter(([, sum]) => sum.bytes > 0)
  const duration: Metric = {
    name: DURATION,
    description: 'How long reading, writing and syncing files took.',
    unit: 's',
    data: {
      type: 'histogram',
      temporality,
      points: [...sums].map(([place, sum]) => durationPoint(place, sum, times)),
    },
  }
  const io: Metric = {
    name: IO,
    description: 'Bytes that were read from files and written to them.',
    unit: 'By',
    data: {
      type: 'sum',
      temporality,
      monotonic: true,
      points: bytes.map(([place, sum]) => ({
        ...times,
        attributes: attributesOf(place),
        exemplars: [],
        value: sum.bytes,
      })),
    },
  }
  return bytes.length === 0 ? [duration] : [duration, io]
}

function durationPoint(place: number, { ns, counts }: Sum, times: Times) {
  return {
    ...times,
    attributes: attributesOf(place),
    exemplars: [],
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: ns / 1e9,
    bounds: BOUNDS,
    counts,
  }
}

/** Few and always the same. */
const ATTRIBUTES = new Map<number, Attributes>()

function attributesOf(place: number): Attributes {
  const known = ATTRIBUTES.get(place)
  if (known) return known
  const error = place % 0x1_0000
  const attributes = {
    'waggle.file.operation': OPERATIONS[(place - error) / 0x1_0000] as string,
    ...(error !== 0 && { 'error.type': getSystemErrorName(-error) }),
  }
  ATTRIBUTES.set(place, attributes)
  return attributes
}
