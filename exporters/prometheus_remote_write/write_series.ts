import type { LabelPairs } from '../../src/helpers/prometheus_labels.ts'

/** One value of a series. Times are milliseconds since 1970; 0 is a start that is not known. */
export interface WriteSample {
  readonly value: number
  /** The series has ended: the value is Prometheus' staleness marker. */
  readonly stale: boolean
  readonly timeMs: number
  readonly startMs: number
}

/** Buckets that follow each other; `offset` counts from the end of the span before. */
export interface BucketSpan {
  readonly offset: number
  length: number
}

/** Buckets as native histograms have them: each count less the one before. */
export interface NativeBuckets {
  readonly spans: readonly BucketSpan[]
  readonly deltas: readonly number[]
}

/** One native histogram. */
export interface NativeHistogram {
  readonly stale: boolean
  readonly timeMs: number
  readonly startMs: number
  readonly count: number
  readonly sum: number
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly positive: NativeBuckets
  readonly negative: NativeBuckets
}

/** An exemplar of a series. */
export interface WriteExemplar {
  readonly labels: LabelPairs
  readonly value: number
  readonly timeMs: number
}

/** Types of Prometheus; both protocols number them alike. */
export const METRIC_TYPE = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 5,
  info: 6,
} as const

/** What is told about all series of one name. */
export interface Metadata {
  readonly type: (typeof METRIC_TYPE)[keyof typeof METRIC_TYPE]
  readonly family: string
  readonly help: string
  readonly unit: string
}

/** A series with what is written of it: samples or native histograms, never both. */
export interface WriteSeries {
  /** With `__name__`. */
  readonly labels: LabelPairs
  readonly samples: WriteSample[]
  readonly histograms: NativeHistogram[]
  readonly exemplars: WriteExemplar[]
  readonly metadata: Metadata
  /** Data points that are counted by this series; of those that are several series, one counts. */
  items: number
}
