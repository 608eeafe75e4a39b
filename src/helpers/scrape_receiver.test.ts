import { expect, it } from 'vitest'
import type { Batch } from '../pdata/batch.ts'
import { gauge, numberPoint } from '../pdata/metrics_for_tests.ts'
import type { MetricGroup, Metrics } from '../pdata/metrics.ts'
import { Resource } from '../pdata/resource.ts'
import type { Meter, Read } from '../telemetry/meter.ts'
import { NO_METER } from '../telemetry/meter.ts'
import { FakeClock, settingsOf } from './fixtures.ts'
import { ScrapeReceiver, type ScrapeReceiverOptions } from './scrape_receiver.ts'
import type { Scraped, Scraper } from './scraper.ts'

const resource = new Resource({})

function groupOf(...values: number[]): MetricGroup {
  const metrics = values.map((value) => gauge(`m${value}`, [numberPoint(value)]))
  return { resource, scope: { name: '', version: '' }, metrics }
}

/** A receiver of these scrapers, and what comes out of it. */
function receiverOf(...scrapers: Scraper[]) {
  return receiverWith({ scrapers })
}

function receiverWith(options: Pick<ScrapeReceiverOptions, 'scrapers' | 'scrapesAtEnd'>) {
  const clock = new FakeClock()
  const { settings, logged } = settingsOf('r')
  const reads = new Map<string, Read>()
  const counter: Meter['counter'] = ({ name }, read) => {
    reads.set(name, read)
    return () => {}
  }
  const receiver = new ScrapeReceiver(
    { ...settings, meter: { ...NO_METER, counter } },
    { collection_interval: 100, initial_delay: 0, clock, ...options },
  )
  const batches: Batch[] = []
  const ended: string[] = []
  receiver.batches$.subscribe({
    next: (batch) => batches.push(batch),
    complete: () => ended.push('complete'),
  })
  const told = (): Record<string, number> => {
    const rows: Record<string, number> = {}
    for (const [name, read] of reads)
      read((value, attributes) => (rows[`${name} ${attributes?.['scraper'] ?? ''}`.trim()] = value))
    return rows
  }
  return { receiver, clock, settings, logged, batches, ended, told }
}

function scraper(name: string, scrape: () => Scraped): Scraper {
  return { name, scrape: async () => scrape() }
}

it('sends what all scrapers read as one batch and counts what came of it', async () => {
  const one = scraper('one', () => ({ groups: [groupOf(1, 2)], failures: [] }))
  const two = scraper('two', () => ({ groups: [groupOf(), groupOf(3)], failures: [] }))
  const { receiver, clock, settings, batches, told, ended } = receiverOf(one, two)
  await receiver.start()
  await clock.advance(150)
  expect(batches.map((batch) => batch.itemCount)).toEqual([3, 3])
  expect((batches[0] as Metrics).groups).toHaveLength(2)
  batches[0]!.delivery.settle({ kind: 'accepted' })
  batches[1]!.delivery.settle({ kind: 'refused', reason: 'queue_full' })
  const { counters } = settings
  expect([counters.in, counters.out, [...counters.dropped]]).toEqual([6, 3, [['queue_full', 3]]])
  expect(told()).toEqual({
    'otelcol_scraper_scraped_metric_points one': 4,
    'otelcol_scraper_scraped_metric_points two': 2,
    'otelcol_scraper_errored_metric_points one': 0,
    'otelcol_scraper_errored_metric_points two': 0,
    'waggle.scraper.skipped': 0,
  })
  await receiver.shutdown()
  expect(ended).toEqual(['complete'])
})

it('sends nothing where nothing was read', async () => {
  const { receiver, clock, batches } = receiverOf(
    scraper('none', () => ({ groups: [], failures: [] })),
  )
  await receiver.start()
  await clock.advance(150)
  expect(batches).toEqual([])
})

it('counts and says once what cannot be read, and sends the rest', async () => {
  let broken = true
  const part = scraper('part', () => ({
    groups: [groupOf(1)],
    failures: broken ? [{ metrics: 4, error: new Error('EACCES: /proc/x') }] : [],
  }))
  const whole = scraper('whole', () => {
    if (broken) throw new Error('read meminfo', { cause: new Error('EIO') })
    return { groups: [groupOf(2)], failures: [] }
  })
  const { receiver, clock, batches, told, logged } = receiverOf(part, whole)
  await receiver.start()
  await clock.advance(250)
  expect(batches.map((batch) => batch.itemCount)).toEqual([1, 1, 1])
  expect(told()).toMatchObject({
    'otelcol_scraper_errored_metric_points part': 12,
    'otelcol_scraper_errored_metric_points whole': 3,
  })
  broken = false
  await clock.advance(100)
  expect(batches.at(-1)!.itemCount).toBe(2)
  expect(logged).toEqual([
    'error Some metrics cannot be read. scraper=part reason="EACCES: /proc/x"',
    'error Some metrics cannot be read. scraper=whole reason="read meminfo: EIO"',
    'info  Metrics can be read again. scraper=part metrics=12',
    'info  Metrics can be read again. scraper=whole metrics=3',
  ])
})

it('tells at its end, once, what came since the last beat, where it is told to', async () => {
  const one = scraper('one', () => ({ groups: [groupOf(1)], failures: [] }))
  const { receiver, clock, batches, ended } = receiverWith({ scrapers: [one], scrapesAtEnd: true })
  await receiver.start()
  await clock.advance(150)
  await Promise.all([receiver.shutdown(), receiver.shutdown()])
  expect(batches).toHaveLength(3)
  expect(ended).toEqual(['complete'])
})
