import { withLabel, type LabelPairs } from '../../src/helpers/prometheus_labels.ts'
import type { Metadata, NativeHistogram, WriteSample, WriteSeries } from './write_series.ts'

/** Which series something belongs to. */
export interface SeriesName {
  readonly name: string
  /** `_bucket`, `_sum`, `_count`; none unless given. */
  readonly suffix?: string
  /** Without the name. */
  readonly labels: LabelPairs
  /** A label that only this series of its metric has. */
  readonly label?: readonly [name: string, value: string]
  readonly metadata: Metadata
}

interface Timed {
  readonly timeMs: number
}

/** The series of one batch, each once. */
export class SeriesTable {
  readonly series: WriteSeries[] = []
  readonly #byLabels = new Map<string, WriteSeries>()

  /** Adds a sample. @param items data points that it counts for */
  sample(of: SeriesName, sample: WriteSample, items: number): WriteSeries {
    const series = this.#seriesOf(of, '')
    series.samples.push(sample)
    series.items += items
    return series
  }

  /** Adds a native histogram, which counts for one data point. */
  histogram(of: SeriesName, histogram: NativeHistogram): WriteSeries {
    const series = this.#seriesOf(of, 'native')
    series.histograms.push(histogram)
    series.items++
    return series
  }

  /**
   * Puts samples in the order of their times, and leaves out those of a time that another has, of which
   * Prometheus would take none: the first stays. Returns the names of the data points left out.
   */
  close(): string[] {
    const duplicates: string[] = []
    for (const series of this.series) {
      if (series.exemplars.length > 1) series.exemplars.sort(byTime)
      const left = tidy(series.samples) + tidy(series.histograms)
      if (left === 0 || series.items === 0) continue
      series.items -= left
      for (let i = 0; i < left; i++) duplicates.push(series.metadata.family)
    }
    return duplicates
  }

  #seriesOf(of: SeriesName, kind: string): WriteSeries {
    const { name, suffix = '', labels, label } = of
    const own = label ? `${label[0]}\0${label[1]}` : ''
    const key = `${name}${suffix}\0${kind}\0${own}\0${labels.join('\0')}`
    const known = this.#byLabels.get(key)
    if (known) return known
    const series = makeSeries(of)
    this.#byLabels.set(key, series)
    this.series.push(series)
    return series
  }
}

function makeSeries({ name, suffix = '', labels, label, metadata }: SeriesName): WriteSeries {
  const named = withLabel(labels, '__name__', name + suffix)
  const all = label ? withLabel(named, label[0], label[1]) : named
  return { labels: all, samples: [], histograms: [], exemplars: [], metadata, items: 0 }
}

function byTime(a: Timed, b: Timed): number {
  return a.timeMs - b.timeMs
}

/** Returns how many were left out. */
function tidy(list: Timed[]): number {
  if (list.length < 2) return 0
  list.sort(byTime)
  let end = 1
  for (let i = 1; i < list.length; i++) {
    const one = list[i] as Timed
    if (one.timeMs !== list[end - 1]?.timeMs) list[end++] = one
  }
  return list.splice(end).length
}
