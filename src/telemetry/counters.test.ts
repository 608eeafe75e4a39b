import { expect, it } from 'vitest'
import { ComponentCounters, Counters } from './counters.ts'

it('adds up what comes in, goes out and is dropped by reason, and knows what is held', () => {
  const counters = new ComponentCounters('exporter/otlp_grpc')
  counters.countIn(10)
  counters.countIn(5)
  counters.countOut(8)
  counters.drop('queue_full', 2)
  counters.drop('rejected', 1)
  counters.drop('queue_full', 1)
  const component = 'exporter/otlp_grpc'
  expect(counters.samples()).toEqual([
    { component, pipeline: '', name: 'in', reason: '', items: 15 },
    { component, pipeline: '', name: 'out', reason: '', items: 8 },
    { component, pipeline: '', name: 'dropped', reason: 'queue_full', items: 3 },
    { component, pipeline: '', name: 'dropped', reason: 'rejected', items: 1 },
  ])
  expect(counters.held).toBe(3)
})

it('has no row for a reason that nothing was dropped for', () => {
  const counters = new ComponentCounters('exporter/otlp_grpc')
  counters.drop('queue_full', 0)
  expect(counters.dropped.size).toBe(0)
})

it('keeps one set of counts for a component, and for a processor one in each pipeline', () => {
  const counters = new Counters()
  const batch = counters.of('processor/batch', 'traces')
  expect(counters.of('processor/batch', 'traces')).toBe(batch)
  expect(counters.of('processor/batch', 'logs')).not.toBe(batch)
  expect(counters.all().map(({ component, pipeline }) => `${component} ${pipeline}`)).toEqual([
    'processor/batch traces',
    'processor/batch logs',
  ])
})
