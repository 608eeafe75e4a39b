import { from, toArray } from 'rxjs'
import { expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { NO_HOST, type PipelineFacts } from '../../src/component/host.ts'
import { NO_LIMITS } from '../../src/component/limits.ts'
import { FakeClock, settled } from '../../src/helpers/fixtures.ts'
import { KINDS, type Batch, type Kind } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { memoryLimiterConfig } from './config.ts'
import { memoryLimiter } from './index.ts'
import { MemoryLimiterProcessor } from './processor.ts'
import { MemoryWatch, sharedWatch } from './watch.ts'

lifecycleTest(memoryLimiter, { check_interval: '1s', limit_mib: 4000 })

const MIB = 1024 * 1024

/** A limiter of 100 MiB, soft 80, and the memory that the test decides. */
class Trial {
  readonly clock = new FakeClock()
  readonly logged: string[] = []
  readonly registry = new MetricRegistry('normal')
  readonly states: string[] = []
  rssMib = 50
  heapMib = 10
  collections = 0
  /** What a forced collection leaves. */
  afterCollection: number | undefined
  readonly watch: MemoryWatch

  constructor(options: object = {}) {
    const least = { check_interval: '1s', limit_mib: 100 }
    this.watch = new MemoryWatch(memoryLimiterConfig.parse({ ...least, ...options }), {
      clock: this.clock,
      readings: {
        rssBytes: () => this.rssMib * MIB,
        heapBytes: () => this.heapMib * MIB,
        heapLimitBytes: () => 1_000 * MIB,
      },
      total: () => ({ bytes: 200 * MIB, source: 'cgroup /x/memory.max' }),
      collect: async () => {
        this.collections++
        this.rssMib = this.afterCollection ?? this.rssMib
        return true
      },
    })
  }

  /** The processor of a pipeline, started. */
  async processor(pipeline = 'traces', first = 'memory_limiter'): Promise<Limiter> {
    const out = { write: (line: string) => this.logged.push(line.slice(13).trimEnd()) }
    const component = 'processor/memory_limiter'
    const kind = pipeline.split('/')[0] as Kind
    const counters = new ComponentCounters(component, pipeline, kind)
    const facts: PipelineFacts = {
      id: pipeline,
      kind: kind as PipelineFacts['kind'],
      receivers: [],
      processors: [first, 'memory_limiter'],
      exporters: [],
    }
    const processor = new MemoryLimiterProcessor(
      {
        id: 'memory_limiter',
        log: createLogger({ level: 'debug', encoding: 'console', out }).child({ component }),
        counters,
        meter: this.registry.meter({ processor: 'memory_limiter', pipeline }),
        limits: NO_LIMITS,
        status: {
          ok: () => this.states.push('ok'),
          recoverable: (error) => this.states.push(error),
          permanent: (error) => this.states.push(error),
        },
        host: { ...NO_HOST, pipelines: () => [facts] },
        version: '0.0.0-test',
      },
      this.watch,
    )
    await processor.start()
    return { processor, counters, take: (kind, items) => take(processor, kind, items) }
  }

  /** Every series that is not zero. */
  metrics(): string[] {
    return this.registry
      .collect()
      .metrics.flatMap(({ facts, points }) =>
        points
          .filter(({ value }) => value > 0)
          .map(({ value, attributes }) => `${facts.name} ${attributes['pipeline']} ${value}`),
      )
  }
}

interface Limiter {
  readonly processor: MemoryLimiterProcessor
  readonly counters: ComponentCounters
  /** Hands a batch in; `handed on` or how it was settled. */
  readonly take: (kind: Kind, items: number) => Outcome | 'handed on'
}

function take(processor: MemoryLimiterProcessor, kind: Kind, itemCount: number) {
  let outcome: Outcome | 'handed on' = 'handed on'
  const delivery = new Delivery((settled) => (outcome = settled))
  const batch = { kind, itemCount, delivery } as Batch
  let out: Batch[] = []
  from([batch])
    .pipe(processor.operator, toArray())
    .subscribe((batches) => (out = batches))
  expect(out).toEqual(outcome === 'handed on' ? [batch] : [])
  return outcome
}

const refused = { kind: 'refused', reason: 'memory_limit', afterMs: 1_000 }

it('hands everything on below the soft limit', async () => {
  const trial = new Trial()
  const { take, counters } = await trial.processor()
  trial.rssMib = 79
  await trial.clock.advance(1_000)
  expect(KINDS.map((kind) => take(kind, 3))).toEqual(KINDS.map(() => 'handed on'))
  expect([...counters.dropped]).toEqual([])
  expect(trial.metrics()).toEqual([
    'otelcol_processor_memory_limiter_accepted_observations traces 3',
    'otelcol_processor_memory_limiter_accepted_spans traces 3',
    'otelcol_processor_memory_limiter_accepted_metric_points traces 3',
    'otelcol_processor_memory_limiter_accepted_log_records traces 3',
  ])
})

it('refuses above the soft limit, as something to offer again later, and counts it', async () => {
  const trial = new Trial()
  const { take, counters } = await trial.processor('logs')
  trial.rssMib = 81
  await trial.clock.advance(1_000)
  expect(take('logs', 5)).toEqual(refused)
  expect([...counters.dropped]).toEqual([['memory_limit', 5]])
  expect(trial.metrics()).toEqual(['otelcol_processor_memory_limiter_refused_log_records logs 5'])
  expect(trial.states).toEqual(['memory usage is above the soft limit, data is refused'])
})

it('tells zeros of the kind of its pipeline from the beginning', async () => {
  const trial = new Trial()
  await trial.processor('metrics')
  expect(trial.registry.collect().metrics.map(({ facts }) => facts.name)).toEqual([
    'otelcol_processor_memory_limiter_accepted_metric_points',
    'otelcol_processor_memory_limiter_refused_metric_points',
  ])
})

it('takes data again when the memory is well below the soft limit, and says both once', async () => {
  const trial = new Trial({
    min_gc_interval_when_soft_limited: '1m',
    max_gc_interval_when_soft_limited: '1m',
  })
  const { take } = await trial.processor()
  trial.rssMib = 90
  await trial.clock.advance(5_000)
  expect(take('traces', 4)).toEqual(refused)
  trial.rssMib = 78
  await trial.clock.advance(3_000)
  expect(take('traces', 4)).toEqual(refused)
  trial.rssMib = 75
  await trial.clock.advance(3_000)
  expect(take('traces', 4)).toBe('handed on')
  expect(trial.logged).toEqual([
    'info  [processor/memory_limiter] Memory limiter configured. limit_mib=100 spike_limit_mib=20 check_interval_ms=1000 heap_limit_mib=900',
    'debug [processor/memory_limiter] Forced a garbage collection. pressure=soft before_mib=90 after_mib=90 helped=false',
    'warn  [processor/memory_limiter] Memory usage is above soft limit. Refusing data. cur_mem_mib=90 heap_mib=10',
    'info  [processor/memory_limiter] Memory usage back within limits. Resuming normal operation. cur_mem_mib=75 heap_mib=10 refused_items=8',
  ])
  expect(trial.states.at(-1)).toBe('ok')
})

it('refuses nothing where a forced collection helps', async () => {
  const trial = new Trial()
  const { take } = await trial.processor()
  trial.rssMib = 120
  trial.afterCollection = 60
  await trial.clock.advance(1_000)
  expect(take('traces', 1)).toBe('handed on')
  expect(trial.collections).toBe(1)
  expect(trial.logged.filter((line) => line.startsWith('warn'))).toEqual([])
})

it('collects more often above the hard limit than above the soft one, and less and less', async () => {
  const trial = new Trial()
  await trial.processor()
  trial.rssMib = 120
  await trial.clock.advance(31_000)
  expect(trial.collections).toBe(5)
  trial.rssMib = 90
  await trial.clock.advance(20_000)
  expect(trial.collections).toBe(6)
})

it('relieves the heap before V8 gives up, however much memory there is', async () => {
  const trial = new Trial()
  const { take } = await trial.processor()
  trial.heapMib = 801
  await trial.clock.advance(1_000)
  expect(take('traces', 1)).toEqual(refused)
  trial.heapMib = 700
  await trial.clock.advance(1_000)
  expect(take('traces', 1)).toBe('handed on')
})

it('looks and says things once for all pipelines that name it', async () => {
  const trial = new Trial()
  const [one, two] = [await trial.processor('traces'), await trial.processor('metrics')]
  trial.rssMib = 90
  await trial.clock.advance(1_000)
  expect([one.take('traces', 1), two.take('metrics', 2)]).toEqual([refused, refused])
  await one.processor.shutdown()
  trial.rssMib = 50
  await trial.clock.advance(1_000)
  expect(two.take('metrics', 1)).toBe('handed on')
  expect(trial.logged.map((line) => line.replace(/^.*\] /, ''))).toEqual([
    expect.stringMatching(/^Memory limiter configured\./),
    expect.stringMatching(/^Forced a garbage collection\./),
    expect.stringMatching(/^Memory usage is above soft limit\. Refusing data\./),
    expect.stringMatching(/^Memory usage back within limits\. .* refused_items=2$/),
  ])
  await two.processor.shutdown()
  expect(trial.clock.next).toBeUndefined()
})

it('has one watch for a configuration, and another one for another', () => {
  const parse = () => memoryLimiterConfig.parse({ check_interval: '1s', limit_mib: 100 })
  const config = parse()
  expect(sharedWatch(config)).toBe(sharedWatch(config))
  expect(sharedWatch(config)).not.toBe(sharedWatch(parse()))
})

it('tells of what its shares are', async () => {
  const trial = new Trial({ limit_mib: 0, limit_percentage: 50 })
  await trial.processor()
  expect(trial.logged).toEqual([
    'info  [processor/memory_limiter] Memory limiter configured. limit_mib=100 spike_limit_mib=20 check_interval_ms=1000 heap_limit_mib=900 total_memory_mib=200 total_from="cgroup /x/memory.max"',
  ])
})

it('warns where it is not the first processor of its pipeline', async () => {
  const trial = new Trial()
  await trial.processor('traces', 'batch')
  expect(trial.logged[0]).toBe(
    'warn  [processor/memory_limiter] The memory limiter should be the first processor of its pipeline. first=batch',
  )
})

it('decides nothing more once it is shut down, a collection that is under way included', async () => {
  const trial = new Trial()
  const { processor } = await trial.processor()
  trial.rssMib = 120
  const passing = trial.clock.advance(1_000)
  await processor.shutdown()
  await passing
  await settled()
  expect(trial.states).toEqual([])
  expect(trial.watch.refusing).toBe(false)
})
