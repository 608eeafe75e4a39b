import type { Meter } from '../../src/telemetry/meter.ts'
import type { Written } from './answer.ts'

/** What the exporter tells of its work, under the Collector's names. */
export class WriteMetrics {
  /** Series that were made of data points. */
  translated = 0
  /** Requests that were answered, in whatever way. */
  sent = 0
  #samples = 0
  #histograms = 0
  #exemplars = 0

  constructor(meter: Meter) {
    const counter = (name: string, description: string, unit: string, read: () => number): void => {
      const full = `otelcol_exporter_prometheusremotewrite_${name}`
      meter.counter({ name: full, description, unit }, (observe) => observe(read()))
    }
    counter('translated_time_series', 'Series that were made.', '1', () => this.translated)
    counter('sent_batches', 'Requests that were answered.', '{batch}', () => this.sent)
    const by = 'that the destination says it wrote (Remote Write 2.0).'
    counter('written_samples', `Samples ${by}`, '{sample}', () => this.#samples)
    counter('written_histograms', `Native histograms ${by}`, '{histogram}', () => this.#histograms)
    counter('written_exemplars', `Exemplars ${by}`, '{exemplar}', () => this.#exemplars)
  }

  /** Adds what an answer says was written. */
  addWritten({ samples = 0, histograms = 0, exemplars = 0 }: Written): void {
    this.#samples += samples
    this.#histograms += histograms
    this.#exemplars += exemplars
  }
}
