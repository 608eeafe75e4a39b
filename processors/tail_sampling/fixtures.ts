import { Subject } from 'rxjs'
import type { Settings } from '../../src/component/settings.ts'
import { FakeClock, settingsOf } from '../../src/helpers/fixtures.ts'
import {
  type PlainGroup,
  type PlainItem,
  receivedBatch,
} from '../../src/pdata/attribute_batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import type { Traces } from '../../src/pdata/traces.ts'
import { tailSamplingConfig } from './config.ts'
import { TailSamplingProcessor } from './processor.ts'

/** The id of a trace that is called by a letter, as OTLP/JSON has it. */
export function idOf(trace: string): string {
  return Buffer.from(trace.padEnd(16, '.')).toString('hex')
}

/** A span called `a1` is the first of trace `a`; what it has beside is given as in OTLP/JSON. */
export function span(name: string, rest: PlainItem = {}): PlainItem {
  const spanId = Buffer.from(name.padEnd(8, '.')).toString('hex')
  return { traceId: idOf(name[0] as string), spanId, name, ...rest }
}

/** A batch as it comes over the network, of spans of one resource or of several groups. */
export function batchOf(
  given: readonly (string | PlainItem)[] | readonly PlainGroup[],
  delivery = new Delivery(),
): Traces {
  const isGroups = given.some((one) => typeof one === 'object' && 'items' in one)
  const items = (given as readonly (string | PlainItem)[]).map((one) => {
    return typeof one === 'string' ? span(one) : one
  })
  const groups = isGroups ? (given as readonly PlainGroup[]) : [{ items }]
  return receivedBatch('traces', groups, delivery) as Traces
}

/** The names of a batch's spans, groups parted by a bar. */
export function namesIn(batch: Traces): string {
  const names = batch.groups.map(({ spans }) =>
    Array.from({ length: spans.length }, (_, i) => spans.name(i)).join(' '),
  )
  return names.join(' | ')
}

/** A policy that samples all. */
export const ALWAYS = { name: 'all', type: 'always_sample' } as const

/** A running processor with the time and the surroundings of a test. */
export function sampling(options: object = {}, surroundings: Partial<Settings> = {}) {
  const clock = new FakeClock()
  const { settings, logged } = settingsOf('tail_sampling')
  const config = tailSamplingConfig.parse({ policies: [ALWAYS], ...options })
  const processor = new TailSamplingProcessor({ ...settings, ...surroundings }, config, clock)
  const source = new Subject<Batch>()
  const batches: Traces[] = []
  const answers: Outcome[] = []
  const reply: { outcome: Outcome | undefined } = { outcome: { kind: 'accepted' } }
  const subscription = source.pipe(processor.operator).subscribe((batch) => {
    batches.push(batch as Traces)
    if (reply.outcome) batch.delivery.settle(reply.outcome)
  })
  return {
    clock,
    logged,
    batches,
    /** How each batch that came in was settled, in the order in which that was. */
    answers,
    /** What becomes of batches that come out; with undefined they wait. */
    reply,
    subscription,
    /** Hands a batch in. */
    add(given: Parameters<typeof batchOf>[0]): void {
      source.next(batchOf(given, new Delivery((outcome) => answers.push(outcome))))
    },
    next: (batch: Batch) => source.next(batch),
    complete: () => source.complete(),
    /** What came out so far, a text for each batch; forgets it. */
    out: (): string[] => batches.splice(0).map(namesIn),
    dropped: () => Object.fromEntries(settings.counters.dropped),
    refused: () => Object.fromEntries(settings.counters.refused),
  }
}
