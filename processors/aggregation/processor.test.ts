import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { counter, metricsOf, numberPoint } from '../../src/pdata/metrics_for_tests.ts'
import { ArrayNetworkObservations } from '../../src/pdata/network_observations_for_tests.ts'
import type { Traces } from '../../src/pdata/traces.ts'
import { aggregation } from './index.ts'
import { Fed, only } from './reports_for_tests.ts'

lifecycleTest(aggregation)

beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const curl = { pid: 10, comm: 'curl' }
const BYTES = only({ 'obi.network.flow.bytes': 'flow' })

describe('aggregation', () => {
  it('hands on nothing before the interval is over, and nothing where nothing came', () => {
    const fed = new Fed(BYTES)
    vi.advanceTimersByTime(20_000)
    fed.take([{ ...curl, bytes_sent: 5 }])
    vi.advanceTimersByTime(9_999)
    expect(fed.batches).toEqual([])
    vi.advanceTimersByTime(1)
    expect(fed.batches).toHaveLength(1)
  })

  it('tells the bytes of a flow from whoever sends to whoever receives', () => {
    const fed = new Fed(BYTES)
    fed.take([{ ...curl, bytes_sent: 100, bytes_received: 2000 }]).end()
    expect(fed.lines).toEqual([
      'curl obi.network.flow.bytes source.address=10.0.0.1,destination.address=10.0.0.2,destination.port=80,network.transport=tcp,network.type=ipv4,network.tcp.handshake.role=client,network.io.direction=transmit 100',
      'curl obi.network.flow.bytes source.address=10.0.0.2,source.port=80,destination.address=10.0.0.1,network.transport=tcp,network.type=ipv4,network.tcp.handshake.role=client,network.io.direction=receive 2000',
    ])
  })

  it('counts on from one interval to the next', () => {
    const fed = new Fed(BYTES)
    fed.take([{ ...curl, bytes_sent: 100 }])
    vi.advanceTimersByTime(10_000)
    fed.take([{ ...curl, bytes_sent: 11 }])
    vi.advanceTimersByTime(10_000)
    expect(fed.lines).toEqual([expect.stringMatching(/ 111$/)])
    vi.advanceTimersByTime(10_000)
    expect(fed.lines).toEqual([expect.stringMatching(/ 111$/)])
    expect(fed.batches).toHaveLength(3)
  })

  it('tells only what is new where deltas are asked for', () => {
    const fed = new Fed({ ...BYTES, aggregation_temporality: 'delta' })
    fed.take([{ ...curl, bytes_sent: 100 }])
    vi.advanceTimersByTime(10_000)
    fed.take([{ ...curl, bytes_sent: 11 }])
    vi.advanceTimersByTime(10_000)
    expect(fed.lines).toEqual([expect.stringMatching(/ 11$/)])
    vi.advanceTimersByTime(10_000)
    expect(fed.batches).toHaveLength(2)
  })

  it('hands on what is left before its source ends', () => {
    const fed = new Fed(BYTES).take([{ ...curl, bytes_sent: 7 }]).end()
    expect(fed.lines).toEqual([expect.stringMatching(/ 7$/)])
  })

  it('settles reports when it has counted them, and holds them until they are handed on', () => {
    const outcomes: Outcome[] = []
    const delivery = new Delivery((outcome) => outcomes.push(outcome))
    const fed = new Fed(BYTES)
    fed.take([{ bytes_sent: 1 }, { bytes_sent: 2 }], { delivery })
    expect(outcomes).toEqual([{ kind: 'accepted' }])
    expect(fed.counters.held).toBe(2)
    fed.end()
    expect(fed.counters.held).toBe(0)
    expect(fed.counters.out).toBe(2)
  })

  it('counts data points that nobody takes as refused', () => {
    const fed = new Fed(BYTES)
    fed.outcome = { kind: 'refused', reason: 'queue_full' }
    fed.take([{ bytes_sent: 1, bytes_received: 1 }]).end()
    expect([...fed.counters.refused]).toEqual([['queue_full', 2]])
  })

  it('drops observations that are no connections and no flows as foreign', () => {
    const settled: Outcome[] = []
    const delivery = new Delivery((outcome) => settled.push(outcome))
    const foreign = { kind: 'observations', schema: 'http', itemCount: 3, delivery }
    const fed = new Fed(BYTES)
    fed.takeBatch(foreign as unknown as Traces)
    expect([...fed.counters.dropped]).toEqual([['foreign', 3]])
    expect(settled).toEqual([{ kind: 'accepted' }])
    expect(fed.log).toEqual([expect.stringContaining('Dropping data.')])
    expect(fed.end().batches).toEqual([])
  })

  it('passes metrics as they are', () => {
    const fed = new Fed(BYTES)
    const metrics = metricsOf([counter('system.cpu.time', [numberPoint(1), numberPoint(2)])])
    fed.takeBatch(metrics)
    expect(fed.batches).toEqual([metrics])
    expect(fed.counters.held).toBe(0)
  })

  it('takes batches without reports', () => {
    const fed = new Fed(BYTES)
    fed.takeBatch(new ArrayNetworkObservations([])).end()
    expect(fed.batches).toEqual([])
  })
})
