import { parseMetricsPage } from '../../kit/metrics_page.ts'

/** What an agent tells of the queue of its one exporter. */
export interface QueueFacts {
  readonly size: number
  readonly recovered: number
  readonly possibleDuplicates: number
  /** On the disk. */
  readonly bytes: number
}

/** Reads an agent's own metrics. What it does not tell is 0. */
export async function queueFacts(port: number): Promise<QueueFacts> {
  const page = await fetch(`http://127.0.0.1:${port}/metrics`)
  const series = parseMetricsPage(await page.text())
  const value = (name: string): number => series.find((one) => one.name === name)?.value ?? 0
  return {
    size: value('otelcol_exporter_queue_size'),
    recovered: value('waggle_exporter_storage_recovered'),
    possibleDuplicates: value('waggle_exporter_storage_possible_duplicates'),
    bytes: value('waggle_exporter_storage_size'),
  }
}
