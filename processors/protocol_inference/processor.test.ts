import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { ProcessTable } from '../../src/helpers/process_table.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { ArrayNetworkObservations } from '../../src/pdata/network_observations_for_tests.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { protocolInference } from './index.ts'
import { clockAt, type Exchange, observationsOf } from './observations_for_tests.ts'
import { ProtocolInferenceProcessor } from './processor.ts'

lifecycleTest(protocolInference)

let counters: ComponentCounters

/** A processor of processes that are gone: they are known by the names in the records alone. */
function processor(): ProtocolInferenceProcessor {
  counters = new ComponentCounters('processor/protocol_inference')
  const processes = new ProcessTable({ proc: '/nowhere', host: 'node-1', now: () => 0 })
  return new ProtocolInferenceProcessor(
    { ...testSettings(protocolInference), counters },
    { max_processes: 16, queue_spans: false },
    processes,
  )
}

function through(batch: Batch, { operator } = processor()): Traces {
  const out: Batch[] = []
  of(batch)
    .pipe(operator)
    .subscribe((one) => out.push(one))
  expect(out).toHaveLength(1)
  return out[0] as Traces
}

/** `service: path path` for each group. */
function groupsOf({ groups }: Traces): string[] {
  return groups.map(({ resource, spans }) => {
    const paths = Array.from({ length: spans.length }, (_, i) => spans.attribute(i, 'url.path'))
    return `${String(resource.attributes['service.name'])}: ${paths.join(' ')}`
  })
}

const get = (path: string, pid: number, comm: string): Exchange => ({
  head: `GET ${path} HTTP/1.1\r\n\r\n`,
  pid,
  comm,
})

describe('protocol_inference', () => {
  it('groups spans by their process, in the order of the records', () => {
    const records = observationsOf([
      get('/1', 10, 'nginx'),
      get('/2', 20, 'curl'),
      get('/3', 10, 'nginx'),
      get('/4', 0, ''),
      get('/5', 20, 'curl'),
    ])
    const traces = through(records)
    expect(groupsOf(traces)).toEqual(['nginx: /1 /3', 'curl: /2 /5', 'unknown_service: /4'])
    expect(traces.itemCount).toBe(5)
    expect(traces.groups[1]!.resource.attributes).toEqual({
      'service.name': 'curl',
      'process.pid': 20,
      'process.executable.name': 'curl',
      'host.name': 'node-1',
      'os.type': 'linux',
    })
    expect(traces.groups[0]!.scope).toEqual({
      name: 'waggle/protocol_inference',
      version: '0.0.0-test',
    })
  })

  it('gives a process the same resource in every batch', () => {
    const one = processor()
    const [first, second] = [get('/1', 10, 'nginx'), get('/2', 10, 'nginx')].map((exchange) =>
      through(observationsOf([exchange]), one),
    )
    expect(second!.groups[0]!.resource).toBe(first!.groups[0]!.resource)
  })

  it('gives a pid that belongs to another process by now another resource', () => {
    const records = observationsOf([get('/1', 10, 'nginx'), get('/2', 10, 'curl')])
    expect(groupsOf(through(records))).toEqual(['nginx: /1', 'curl: /2'])
  })

  it('makes lists of spans that can be read in any order, also those of other batches', () => {
    const one = processor()
    const [first, second] = ['/1', '/2'].map((path) =>
      through(observationsOf([get(path, 10, 'nginx')]), one),
    )
    const read = [first, second, first].map((traces) =>
      traces!.groups[0]!.spans.attribute(0, 'url.path'),
    )
    expect(read).toEqual(['/1', '/2', '/1'])
  })

  it('passes the delivery on and does not settle it', () => {
    const delivery = new Delivery()
    const traces = through(observationsOf([get('/', 1, 'a')], clockAt(), delivery))
    expect(traces.delivery).toBe(delivery)
    expect(delivery.settled).toBe(false)
  })

  it('drops observations that are no requests as foreign, which is no fault of their receiver', () => {
    const settled: Outcome[] = []
    const delivery = new Delivery((outcome) => settled.push(outcome))
    const out: Batch[] = []
    const one = processor()
    of(new ArrayNetworkObservations([{}, {}], { delivery }))
      .pipe(one.operator)
      .subscribe((batch) => out.push(batch))
    expect(out).toEqual([])
    expect(settled).toEqual([{ kind: 'accepted' }])
    expect([...counters.dropped]).toEqual([['foreign', 2]])
  })

  it('passes spans as they are', () => {
    const traces = new Traces([], new Delivery())
    expect(through(traces)).toBe(traces)
  })
})
