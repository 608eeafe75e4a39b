import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { Span } from '../../src/pdata/traces.ts'
import { templateName } from './index.ts'
import { TemplateNameProcessor } from './processor.ts'

lifecycleTest(templateName)

describe('template_name', () => {
  it('leaves out batches with fewer items than min_items, counts and settles them', () => {
    const settings = testSettings(templateName)
    const { operator } = new TemplateNameProcessor(settings, { min_items: 2 })
    const outcomes: Outcome[] = []
    const told = new Delivery((outcome) => outcomes.push(outcome))
    const values = { a: batchOf(1, told), b: batchOf(2), c: batchOf(3) }
    const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted))
    scheduler.run(({ cold, expectObservable }) => {
      expectObservable(cold('-a-b-c|', values).pipe(operator)).toBe('---b-c|', values)
    })
    expect(outcomes).toEqual([{ kind: 'accepted' }])
    expect([...settings.counters.dropped]).toEqual([['too_few_items', 1]])
  })
})

/** A batch of so many spans; what is in them does not matter here. */
function batchOf(items: number, delivery = new Delivery()): Traces {
  const spans = new SpanArray(Array.from<Span>({ length: items }))
  const scope = { name: 'test', version: '' }
  return new Traces([{ resource: new Resource({}), scope, spans }], delivery)
}
