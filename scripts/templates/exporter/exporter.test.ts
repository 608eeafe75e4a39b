import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { templateName } from './index.ts'
import { TemplateNameExporter } from './exporter.ts'

lifecycleTest(templateName)

describe('template_name', () => {
  it.each([
    [true, ['Batch taken.']],
    [false, []],
  ])(
    'takes every batch and leaves its delivery alone, with log_batches %s',
    async (log_batches, messages) => {
      const lines: string[] = []
      const settings = testSettings(templateName, { write: (line) => lines.push(line) })
      const exporter = new TemplateNameExporter(settings, { log_batches })
      const batch = new Traces([], new Delivery())
      expect(await exporter.export(batch)).toEqual({ kind: 'accepted' })
      expect(batch.delivery.settled).toBe(false)
      expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(messages)
    },
  )
})
