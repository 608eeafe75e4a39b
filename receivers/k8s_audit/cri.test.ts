import { appendFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { eventOf, idsOf, lineOf, memoryStorage, reading } from './fixtures.ts'

cleansUp()

const TIME = '2026-01-31T08:00:00.123456789Z'
const part = (flag: string, text: string): string => `${TIME} stdout ${flag} ${text}\n`

describe('the log of an API server that writes its audit log to its output', () => {
  it('has events behind a time, and in parts', async () => {
    const whole = JSON.stringify(eventOf(2))
    const text = [
      part('F', JSON.stringify(eventOf(1))),
      part('P', whole.slice(0, 300)),
      part('P', whole.slice(300, 400)),
      part('F', whole.slice(400)),
      part('F', 'I0131 08:00:00 server.go:12] hello'),
    ].join('')
    const { ids, records, until, metric } = await reading(text)
    await until(() => expect(ids()).toEqual(idsOf(1, 3)))
    expect(records[1]?.body).toBe(whole)
    expect(metric('waggle.k8s_audit.events')).toEqual({ cri: 2 })
    expect(metric('waggle.k8s_audit.malformed')).toEqual({ not_json: 1 })
  })

  it('is read again from the first part where the last was missing', async () => {
    const extension = memoryStorage()
    const whole = JSON.stringify(eventOf(1))
    const first = await reading(lineOf(0) + part('P', whole.slice(0, 300)), { extension })
    await first.until(() => expect(first.ids()).toEqual(idsOf(0, 1)))
    await first.receiver.shutdown()
    appendFileSync(first.path, part('F', whole.slice(300)))
    const next = await reading(undefined, { extension, path: first.path })
    await next.until(() => expect(next.ids()).toEqual(idsOf(1, 2)))
    await next.receiver.shutdown()
    appendFileSync(first.path, lineOf(2))
    const last = await reading(undefined, { extension, path: first.path })
    await last.until(() => expect(last.ids()).toEqual(idsOf(2, 3)))
  })

  it('skips a line whose parts are too long together', async () => {
    const text = `${part('P', 'x'.repeat(900))}${part('P', 'x'.repeat(900))}${part('F', 'x')}${lineOf(0)}`
    const { ids, until, metric } = await reading(text, { file: { max_line_bytes: 1024 } })
    await until(() => expect(ids()).toEqual(idsOf(0, 1)))
    expect(metric('waggle.k8s_audit.malformed')).toEqual({ too_long: 1 })
  })
})
