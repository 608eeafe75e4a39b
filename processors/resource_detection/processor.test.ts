import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { FakeClock, settled } from '../../src/helpers/fixtures.ts'
import { type PlainMap, receivedBatch, shown } from '../../src/pdata/attribute_batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { resourceDetectionConfig } from './config.ts'
import { resourceDetection } from './index.ts'
import { MAX_HELD, ResourceDetectionProcessor } from './processor.ts'
import type { Surroundings } from './surroundings.ts'
import { type Machine, surroundingsOf } from './surroundings_for_tests.ts'

lifecycleTest(resourceDetection)

interface Running {
  readonly processor: ResourceDetectionProcessor
  readonly clock: FakeClock
  readonly source: Subject<Batch>
  /** Hands in a batch about a resource. */
  readonly take: (resource: PlainMap) => void
  /** The resources that came out, in their order. */
  readonly out: () => PlainMap[]
  readonly logged: () => string[]
  readonly isComplete: () => boolean
}

function run(options: object, machine: Machine, change: Partial<Surroundings> = {}): Running {
  const lines: string[] = []
  const settings = testSettings(resourceDetection, { write: (line) => lines.push(line) })
  const clock = new FakeClock()
  const around = { ...surroundingsOf(machine), ...change }
  const config = resourceDetectionConfig.parse(options)
  const processor = new ResourceDetectionProcessor(settings, config, around, clock)
  const source = new Subject<Batch>()
  const batches: OtlpBatch[] = []
  let complete = false
  source.pipe(processor.operator).subscribe({
    next: (batch) => batches.push(batch as OtlpBatch),
    complete: () => (complete = true),
  })
  return {
    processor,
    clock,
    source,
    take: (resource) => source.next(receivedBatch('logs', [{ resource, items: [{ name: 'a' }] }])),
    out: () => batches.map((batch) => shown(batch)[0]!.resource!),
    logged: () =>
      lines.map((line) => {
        const { msg, detector, error, attributes } = JSON.parse(line) as Record<string, unknown>
        return JSON.stringify({ msg, detector, error, attributes })
      }),
    isComplete: () => complete,
  }
}

const env = (text: string): Machine => ({ env: { OTEL_RESOURCE_ATTRIBUTES: text } })

/** A promise that a test settles. */
function later<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  return Promise.withResolvers<T>()
}

describe('resource_detection', () => {
  it('adds what is detected, over what is there unless told otherwise', async () => {
    for (const [override, zone] of [
      [true, 'detected'],
      [false, 'own'],
    ] as const) {
      const { processor, take, out } = run({ override }, env('zone=detected,rack=7'))
      await processor.start()
      await settled()
      take({ zone: 'own', a: 1n })
      expect(out()).toEqual([{ zone, a: 1n, rack: '7' }])
      await processor.shutdown()
    }
  })

  it('takes an attribute from the first detector that tells it', async () => {
    const detectors = ['env', 'system']
    const { processor, take, out } = run({ detectors }, env('host.name=mine'))
    await processor.start()
    await settled()
    take({})
    expect(out()).toEqual([{ 'host.name': 'mine', 'os.type': 'linux' }])
    await processor.shutdown()
  })

  it('starts at once, and holds batches until the detection has ended', async () => {
    const name = later<string>()
    const reverseName = () => name.promise
    const { processor, take, out } = run({ detectors: ['host'] }, {}, { reverseName })
    await processor.start()
    take({ a: 'b' })
    await settled()
    expect(out()).toEqual([])
    name.resolve('n.example.org')
    await settled()
    expect(out()).toEqual([{ a: 'b', 'host.name': 'n.example.org', 'os.type': 'linux' }])
    await processor.shutdown()
  })

  it('holds no more than so many batches: the oldest goes on without', async () => {
    const reverseName = () => new Promise<string>(() => {})
    const { processor, take, out } = run({ detectors: ['system'] }, {}, { reverseName })
    await processor.start()
    for (let i = 0; i <= MAX_HELD; i++) take({ n: BigInt(i) })
    expect(out()).toEqual([{ n: 0n }])
    await processor.shutdown()
    expect(out().length).toBe(MAX_HELD + 1)
  })

  it('hands on what it holds when its source ends', async () => {
    const reverseName = () => new Promise<string>(() => {})
    const running = run({ detectors: ['system'] }, {}, { reverseName })
    await running.processor.start()
    running.take({ a: 'b' })
    running.source.complete()
    expect(running.out()).toEqual([{ a: 'b' }])
    expect(running.isComplete()).toBe(true)
    await running.processor.shutdown()
  })

  it('gives up a detector that does not answer in time, and goes on with the others', async () => {
    const reverseName = () => new Promise<string>(() => {})
    const options = { detectors: ['system', 'env'], timeout: '3s' }
    const { processor, clock, take, out, logged } = run(options, env('a=b'), { reverseName })
    await processor.start()
    take({})
    await clock.advance(2999)
    expect(out()).toEqual([])
    await clock.advance(1)
    expect(out()).toEqual([{ a: 'b' }])
    expect(logged()).toEqual([
      '{"msg":"Detector has failed.","detector":"system","error":"no answer in 3000 ms"}',
      '{"msg":"Resource detected.","attributes":{"a":"b"}}',
    ])
    await processor.shutdown()
  })

  it('asks one that fails again, until the time is up', async () => {
    let asked = 0
    const hostname = () => {
      if (++asked < 3) throw new Error('not yet')
      return 'node-1'
    }
    const options = { detectors: ['system'], system: { hostname_sources: ['os'] } }
    const { processor, clock, take, out } = run(options, {}, { hostname })
    await processor.start()
    take({})
    await clock.advance(2999)
    expect([asked, out()]).toEqual([2, []])
    await clock.advance(1)
    expect(out()).toEqual([{ 'host.name': 'node-1', 'os.type': 'linux' }])
    await processor.shutdown()
  })

  it('says why one failed', async () => {
    const { processor, clock, logged } = run({}, env('nonsense'))
    await processor.start()
    await clock.advance(5000)
    expect(logged()[0]).toBe(
      JSON.stringify({
        msg: 'Detector has failed.',
        detector: 'env',
        error: 'OTEL_RESOURCE_ATTRIBUTES: expected key=value, received "nonsense"',
      }),
    )
    await processor.shutdown()
  })

  it('asks again in intervals, and keeps what was told where one then fails', async () => {
    const names = ['first', 'second']
    const hostname = () => {
      const name = names.shift()
      if (name === undefined) throw new Error('gone')
      return name
    }
    const system = { hostname_sources: ['os'] }
    const options = { detectors: ['system'], system, refresh_interval: '1m', timeout: '1s' }
    const { processor, clock, take, out } = run(options, {}, { hostname })
    await processor.start()
    await settled()
    take({})
    await clock.advance(60_000)
    take({})
    await clock.advance(62_000)
    take({})
    expect(out().map((resource) => resource['host.name'])).toEqual(['first', 'second', 'second'])
    await processor.shutdown()
    expect(clock.next).toBeUndefined()
  })

  it('stops while it asks, and leaves no timer', async () => {
    const running = run({ detectors: ['ec2'] }, {})
    await running.processor.start()
    await settled()
    expect(running.clock.next).toBeDefined()
    await running.processor.shutdown()
    expect(running.clock.next).toBeUndefined()
    expect(running.logged()).toEqual([])
  })
})
