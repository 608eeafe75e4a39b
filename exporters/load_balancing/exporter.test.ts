import { describe, expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { balancer, tracesOf } from './fixtures.ts'
import { loadBalancing } from './index.ts'

lifecycleTest(loadBalancing, {
  resolver: { static: { hostnames: ['127.0.0.1:1', '127.0.0.1:2'] } },
})

const many = Array.from({ length: 300 }, (_, i) => i)
const ACCEPTED = { kind: 'accepted' }
const noJitter = { initial_interval: '1s', max_interval: '1s', randomization_factor: 0 }

/** Options of each endpoint. */
const otlp = (options: object): object => ({ protocol: { otlp: options } })

describe('load_balancing', () => {
  it('spreads traces over the endpoints, each in one piece', async () => {
    const { exporter, shares, counts, network, settled } = await balancer()
    await exporter.start()
    await expect(exporter.export(tracesOf(...many, ...many))).resolves.toEqual(ACCEPTED)
    await settled()
    expect(Object.keys(shares()).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'a:1',
      'b:1',
      'c:1',
    ])
    expect(counts()).toEqual({ in: 600, out: 600, dropped: {} })
    const owners = many.map((i) =>
      Object.keys(network.got).filter((name) => network.got[name]?.includes(`t${i}`)),
    )
    expect(owners.every((names) => names.length === 1)).toBe(true)
    await exporter.shutdown()
    expect(network.open.size).toBe(0)
  })

  it('has what waits for an endpoint that keeps failing sent to the others, and nothing counted twice', async () => {
    const { exporter, shares, counts, network, clock, told, logged, settled } = await balancer({
      lost_after: '3s',
      ...otlp({ retry_on_failure: noJitter }),
    })
    await exporter.start()
    network.down.add('b:1')
    for (const i of many) await exporter.export(tracesOf(i))
    await settled()
    const before = counts()
    expect(before.in).toBe(300)
    expect(before.out).toBeLessThan(300)
    const waiting = before.in - before.out
    await clock.advance(4_000)
    expect(counts()).toEqual({ in: 300, out: 300, dropped: {} })
    expect(shares()['b:1']).toBeUndefined()
    expect(told('waggle.load_balancing.moved')).toEqual({ 'b:1 failing': waiting })
    expect(told('waggle.load_balancing.lost_endpoints')).toEqual({ '': 1 })
    expect(logged.some((line) => line.includes('An endpoint keeps failing'))).toBe(true)
    await exporter.shutdown()
  })

  it('gives what comes to the others while an endpoint fails, and its own back once it answers', async () => {
    const { exporter, shares, counts, network, clock, settled } = await balancer({
      lost_after: '1s',
      probe_interval: '5s',
      ...otlp({ retry_on_failure: noJitter }),
    })
    await exporter.start()
    network.down.add('b:1')
    await exporter.export(tracesOf(...many))
    await clock.advance(1_500)
    await exporter.export(tracesOf(...many))
    await settled()
    expect(counts()).toEqual({ in: 600, out: 600, dropped: {} })
    await clock.advance(5_000)
    expect(network.probes).toBe(1)
    network.down.clear()
    await clock.advance(5_000)
    expect(network.probes).toBe(2)
    await exporter.export(tracesOf(...many))
    await settled()
    expect(shares()['b:1']).toBeGreaterThan(50)
    expect(counts()).toEqual({ in: 900, out: 900, dropped: {} })
    await exporter.shutdown()
  })

  it('goes on trying the last endpoint, and moves what waits for it once another is back', async () => {
    const { exporter, counts, network, clock, shares } = await balancer({
      lost_after: '1s',
      ...otlp({ retry_on_failure: noJitter }),
      resolver: { static: { hostnames: ['a:1', 'b:1'] } },
    })
    await exporter.start()
    network.down.add('a:1').add('b:1')
    await exporter.export(tracesOf(...many))
    await clock.advance(20_000)
    expect(counts()).toEqual({ in: 300, out: 0, dropped: {} })
    network.down.clear()
    await clock.advance(10_000)
    expect(counts()).toEqual({ in: 300, out: 300, dropped: {} })
    expect(Object.values(shares()).reduce((sum, one) => sum + one)).toBe(300)
    await exporter.shutdown()
  })

  it('has what waits for an endpoint that the resolver takes away sent to the others', async () => {
    const { exporter, names, counts, network, clock, told, shares } = await balancer({
      resolver: { dns: { hostname: 'gateway', port: 1 } },
      lost_after: '0s',
    })
    names.list = ['10.0.0.3', '10.0.0.1', '10.0.0.2']
    await exporter.start()
    network.down.add('10.0.0.2:1')
    await exporter.export(tracesOf(...many))
    await clock.advance(4_000)
    expect(counts().out).toBeLessThan(300)
    names.list = ['10.0.0.1', '10.0.0.3']
    await clock.advance(2_000)
    expect(counts()).toEqual({ in: 300, out: 300, dropped: {} })
    expect(shares()['10.0.0.2:1']).toBeUndefined()
    expect(network.open).toEqual(new Set(['10.0.0.1:1', '10.0.0.3:1']))
    expect(told('otelcol_loadbalancer_num_backends')).toEqual({ dns: 2 })
    expect(told('otelcol_loadbalancer_num_backend_updates')).toEqual({ dns: 2 })
    expect(told('otelcol_loadbalancer_num_resolutions')).toEqual({ 'dns true': 2 })
    await exporter.shutdown()
  })

  it('waits for room with the others, and loses nothing meanwhile', async () => {
    const { exporter, counts, network, clock } = await balancer({
      lost_after: '1s',
      resolver: { static: { hostnames: ['a:1', 'b:1'] } },
      ...otlp({
        retry_on_failure: noJitter,
        sending_queue: { queue_size: 20, sizer: 'items', num_consumers: 1 },
      }),
    })
    await exporter.start()
    network.down.add('b:1')
    network.slow.set('a:1', [])
    let accepted = 0
    for (const i of many) {
      const { kind } = await exporter.export(tracesOf(i))
      if (kind === 'accepted') accepted++
    }
    expect(accepted).toBe(40)
    await clock.advance(3_000)
    expect(counts()).toEqual({ in: 40, out: 0, dropped: {} })
    const held = network.slow.get('a:1') as (() => void)[]
    network.slow.delete('a:1')
    for (const letGo of held) letGo()
    await clock.advance(3_000)
    expect(counts()).toEqual({ in: 40, out: 40, dropped: {} })
    expect(network.got['a:1']?.length).toBe(40)
    await exporter.shutdown()
  })

  it('takes nothing of a batch of which one endpoint has no room for its part', async () => {
    const { exporter, counts, network, settled } = await balancer({
      resolver: { static: { hostnames: ['a:1', 'b:1'] } },
      ...otlp({ sending_queue: { queue_size: 1 } }),
    })
    await exporter.start()
    network.slow.set('a:1', [])
    await exporter.export(tracesOf(...many))
    await settled()
    const { in: before } = counts()
    await expect(exporter.export(tracesOf(...many))).resolves.toEqual({
      kind: 'refused',
      reason: 'queue_full',
    })
    expect(counts().in).toBe(before)
    const held = network.slow.get('a:1') as (() => void)[]
    for (const letGo of held) letGo()
    await exporter.shutdown()
  })

  it('says with wait_for_result what became of a batch, also of what was moved', async () => {
    const { exporter, counts, network, clock } = await balancer({
      lost_after: '1s',
      ...otlp({ retry_on_failure: noJitter, sending_queue: { wait_for_result: true } }),
    })
    await exporter.start()
    network.down.add('b:1')
    let answer: unknown
    const told = exporter.export(tracesOf(...many)).then((outcome) => (answer = outcome))
    await clock.advance(500)
    expect(answer).toBeUndefined()
    await clock.advance(2_000)
    await told
    expect(answer).toEqual(ACCEPTED)
    expect(counts()).toEqual({ in: 300, out: 300, dropped: {} })
    await exporter.shutdown()
  })

  it('refuses what comes while no endpoint is known, and keeps those it knows when a look-up fails', async () => {
    const { exporter, names, network, clock, logged, told, shares, settled } = await balancer({
      resolver: { dns: { hostname: 'gateway' } },
    })
    names.list = new Error('getaddrinfo ENOTFOUND gateway')
    await exporter.start()
    await expect(exporter.export(tracesOf(1))).resolves.toEqual({
      kind: 'refused',
      reason: 'no_endpoint',
    })
    expect(logged.at(-1)).toContain('The endpoints cannot be looked up.')
    names.list = ['::1']
    await clock.advance(5_000)
    await exporter.export(tracesOf(1))
    names.list = []
    await clock.advance(5_000)
    expect(logged.at(-1)).toContain('The resolver tells of no endpoint: those before stay.')
    await exporter.export(tracesOf(2))
    await settled()
    expect(shares()).toEqual({ '[::1]:4317': 2 })
    expect(network.open).toEqual(new Set(['[::1]:4317']))
    expect(told('otelcol_loadbalancer_num_resolutions')).toEqual({ 'dns true': 2, 'dns false': 1 })
    await exporter.shutdown()
  })

  it('tells of each endpoint how it fares', async () => {
    const { exporter, network, clock, told } = await balancer({
      resolver: { static: { hostnames: ['a:1', 'b:1'] } },
      ...otlp({ retry_on_failure: noJitter }),
    })
    await exporter.start()
    network.down.add('b:1')
    await exporter.export(tracesOf(...many))
    await clock.advance(1_500)
    expect(told('otelcol_loadbalancer_backend_outcome')).toEqual({
      'a:1 true': 1,
      'b:1 false': 2,
    })
    expect(told('otelcol_loadbalancer_backend_latency')).toEqual({ 'a:1': 1, 'b:1': 2 })
    const queues = told('otelcol_exporter_queue_size')
    expect(Object.entries(queues).filter(([, size]) => size === 1)).toEqual([['traces b:1', 1]])
    await exporter.shutdown()
  })

  it('drops at the end what nobody takes, counted', async () => {
    const { exporter, network, counts, clock } = await balancer({
      lost_after: '1s',
      resolver: { static: { hostnames: ['a:1', 'b:1'] } },
      ...otlp({ retry_on_failure: noJitter }),
    })
    await exporter.start()
    network.down.add('a:1').add('b:1')
    await exporter.export(tracesOf(...many))
    await clock.advance(3_000)
    await exporter.shutdown()
    expect(counts()).toEqual({ in: 300, out: 0, dropped: { shutdown: 300 } })
    expect(network.open.size).toBe(0)
  })
})
