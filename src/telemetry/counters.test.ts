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

it('keeps apart what a component makes out of others, and has none where nothing was made', () => {
  const counters = new ComponentCounters('connector/request_metrics')
  counters.countIn(10)
  expect(counters.made).toBeUndefined()
  counters.countOut(10)
  counters.countMade(3)
  counters.countMade(2)
  expect([counters.made, counters.out, counters.held]).toEqual([5, 10, 0])
})

it('counts the items of each kind by themselves and all of them together', () => {
  const counters = new ComponentCounters('exporter/file')
  const [traces, logs] = [counters.of('traces'), counters.of('logs')]
  expect(counters.of('traces')).toBe(traces)
  traces.countIn(5)
  traces.countOut(2)
  traces.drop('rejected', 3)
  logs.countIn(7)
  logs.refuse('queue_full', 4)
  counters.countIn(1)
  expect(counters.parts.map(({ kind, in: seen, out, held }) => [kind, seen, out, held])).toEqual([
    ['traces', 5, 2, 0],
    ['logs', 7, 0, 7],
  ])
  expect([counters.in, counters.out, counters.held]).toEqual([13, 2, 8])
  expect([...counters.dropped]).toEqual([['rejected', 3]])
  expect([...counters.refused]).toEqual([['queue_full', 4]])
})

it('has no part for the only kind of its items', () => {
  const counters = new Counters().of('exporter/file', '', 'traces')
  expect(counters.of('traces')).toBe(counters)
  expect(counters.parts).toEqual([])
})
