import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { templateName } from './index.ts'
import { TemplateNameConnector } from './connector.ts'

lifecycleTest(templateName)

describe('template_name', () => {
  it.each([
    [true, ['Batch handed on.']],
    [false, []],
  ])('hands every batch on as it is, with log_batches %s', (log_batches, messages) => {
    const lines: string[] = []
    const settings = testSettings(templateName, { write: (line) => lines.push(line) })
    const connector = new TemplateNameConnector(settings, { log_batches })
    const batch = new Traces([], new Delivery())
    let out: Batch[] = []
    of(batch)
      .pipe(connector.operator, toArray())
      .subscribe((batches) => (out = batches))
    expect(out).toEqual([batch])
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(messages)
  })
})
