import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { prometheusRemoteWriteConfig } from './config.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

function problemsOf(file: string): string[] {
  const issues = prometheusRemoteWriteConfig.safeParse(load(file)).error?.issues ?? []
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('the configuration of prometheus_remote_write', () => {
  it("has the Collector's defaults", () => {
    const config = prometheusRemoteWriteConfig.parse(load('only_defaults.yaml'))
    expect(config).toMatchObject({
      protobuf_message: 'prometheus.WriteRequest',
      timeout: 5_000,
      namespace: '',
      external_labels: {},
      add_metric_suffixes: true,
      target_info: { enabled: true },
      send_metadata: false,
      max_batch_size_bytes: 3_000_000,
      remote_write_queue: { enabled: true, queue_size: 10_000, num_consumers: 5 },
      retry_on_failure: { initial_interval: 50, max_interval: 30_000, max_elapsed_time: 300_000 },
    })
  })

  it('takes every option', () => {
    const { translation_strategy, remote_write_queue } = prometheusRemoteWriteConfig.parse(
      load('all_options.yaml'),
    )
    expect([translation_strategy, remote_write_queue.storage]).toEqual([
      'NoTranslation',
      'file_storage',
    ])
  })

  it.each([
    [
      'bad_strategy.yaml',
      [
        'translation_strategy: `NoTranslation` needs protobuf_message: io.prometheus.write.v2.Request, as Remote Write 1.0 has no UTF-8 names',
      ],
    ],
    [
      'bad_queue.yaml',
      [
        'remote_write_queue.queue_size: a 0 size queue will drop all the data',
        'remote_write_queue.num_consumers: Too small: expected number to be >=1',
      ],
    ],
    ['bad_endpoint.yaml', ['endpoint: expected a URL, such as "https://gateway.example:4318"']],
  ])('refuses %s', (file, problems) => {
    expect(problemsOf(file)).toEqual(problems)
  })
})
