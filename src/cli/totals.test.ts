import { expect, it } from 'vitest'
import { Counters } from '../telemetry/counters.ts'
import { totalsFields, totalsText } from './totals.ts'

function counters(): Counters {
  const all = new Counters()
  all.of('extension/health_check')
  all.of('exporter/debug')
  const receiver = all.of('receiver/ebpf_http')
  receiver.countIn(1_234_567)
  receiver.countOut(1_234_500)
  receiver.drop('ring_full', 60)
  receiver.drop('queue_full', 7)
  const batch = all.of('processor/batch', 'traces')
  batch.countIn(12)
  batch.countOut(12)
  return all
}

it('shows a line for each component on the way of the data, with what was dropped by reason', () => {
  expect(totalsText(counters().all())).toBe(`waggle: totals
  component                       seen  handed on  dropped
  receiver/ebpf_http         1,234,567  1,234,500  67 (ring_full 60, queue_full 7)
  processor/batch in traces         12         12  0
  exporter/debug                     0          0  0
`)
})

it('has the same for machines', () => {
  expect(totalsFields(counters().all())).toEqual([
    {
      component: 'receiver/ebpf_http',
      in: 1_234_567,
      out: 1_234_500,
      dropped: { ring_full: 60, queue_full: 7 },
    },
    { component: 'processor/batch', pipeline: 'traces', in: 12, out: 12, dropped: {} },
    { component: 'exporter/debug', in: 0, out: 0, dropped: {} },
  ])
})

it('shows what an aggregating component made, and what of it was not taken', () => {
  const all = new Counters()
  const connector = all.of('connector/request_metrics')
  connector.countIn(1000)
  connector.countOut(1000)
  connector.countMade(50)
  const text = (): string => totalsText(all.all()).split('\n')[2]!
  expect(text()).toBe('  connector/request_metrics  1,000      1,000  0, made 50')
  connector.refuse('queue_full', 7)
  expect(text()).toBe(
    '  connector/request_metrics  1,000      1,000  0, made 50, refused 7 (queue_full 7)',
  )
  expect(totalsFields(all.all())).toEqual([
    {
      component: 'connector/request_metrics',
      in: 1000,
      out: 1000,
      dropped: {},
      made: 50,
      refused: { queue_full: 7 },
    },
  ])
})
