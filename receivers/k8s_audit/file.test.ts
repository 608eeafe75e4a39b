import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/pdata/delivery.ts'
import { settled } from '../../src/helpers/fixtures.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { eventOf, idsOf, lineOf, linesOf, memoryStorage, reading } from './fixtures.ts'

cleansUp()

const rotated = (path: string, second: number, more = ''): string =>
  join(dirname(path), `audit-2026-01-31T08-00-${String(second).padStart(2, '0')}.000.log${more}`)

describe('the audit log of an API server', () => {
  it('[3.1] is all that is needed: each event becomes a record with the event as it was written', async () => {
    const { records, until } = await reading(lineOf(1))
    await until(() => expect(records).toHaveLength(1))
    expect(records[0]).toEqual({
      timeNs: BigInt(Date.UTC(2026, 0, 31, 8)) * 1_000_000n + 123_456_000n,
      observedNs: BigInt(Date.UTC(2026, 0, 31, 8, 0, 1)) * 1_000_000n,
      severity: 0,
      severityText: '',
      body: JSON.stringify(eventOf(1)),
      attributes: {
        'k8s.audit.id': 'audit-1',
        'k8s.audit.level': 'RequestResponse',
        'k8s.audit.stage': 'ResponseComplete',
        'k8s.audit.verb': 'patch',
        'k8s.audit.resource': 'pods/status',
        'k8s.namespace.name': 'shop',
        'k8s.audit.name': 'web-1',
        'http.response.status_code': 200,
        'user_agent.original': 'kubelet/v1.36.3 (linux/amd64) kubernetes/abc',
      },
      flags: 0,
      traceId: '',
      spanId: '',
      eventName: 'k8s.audit',
    })
  })

  it('[3.5] is read on at the first look after something was written', async () => {
    const { add, ids, until, clock, metric } = await reading(lineOf(0))
    await until(() => expect(ids()).toEqual(idsOf(0, 1)))
    await eventually(() => expect(clock.next).toBe(250))
    add(lineOf(1))
    await clock.advance(249)
    expect(ids()).toEqual(idsOf(0, 1))
    await clock.advance(1)
    await eventually(() => expect(ids()).toEqual(idsOf(0, 2)))
    expect(metric('waggle.k8s_audit.lag')).toEqual({ '': 2 })
  })

  it('is read from its end at the start unless it says otherwise', async () => {
    const { add, ids, until, clock } = await reading(linesOf(0, 2), {
      file: { start_at: undefined },
    })
    await clock.advance(0)
    await eventually(() => expect(clock.next).toBe(250))
    add(linesOf(2, 4))
    await until(() => expect(ids()).toEqual(idsOf(2, 4)))
  })

  it('is followed over a rotation by renaming, and nothing is read twice', async () => {
    const { path, add, ids, until } = await reading(linesOf(0, 2))
    await until(() => expect(ids()).toEqual(idsOf(0, 2)))
    add(linesOf(2, 3))
    renameSync(path, rotated(path, 1))
    writeFileSync(path, linesOf(3, 5))
    await until(() => expect(ids()).toEqual(idsOf(0, 5)))
    writeFileSync(rotated(path, 1, '.gz'), gzipSync(linesOf(0, 3)))
    rmSync(rotated(path, 1))
    add(linesOf(5, 6))
    await until(() => expect(ids()).toEqual(idsOf(0, 6)))
  })

  it('is not read again when it comes back compressed after it was gone', async () => {
    const { path, add, ids, until } = await reading(linesOf(0, 2))
    await until(() => expect(ids()).toEqual(idsOf(0, 2)))
    renameSync(path, rotated(path, 1))
    writeFileSync(path, linesOf(2, 3))
    await until(() => expect(ids()).toEqual(idsOf(0, 3)))
    rmSync(rotated(path, 1))
    add(linesOf(3, 4))
    await until(() => expect(ids()).toEqual(idsOf(0, 4)))
    writeFileSync(rotated(path, 1, '.gz'), gzipSync(linesOf(0, 2)))
    add(linesOf(4, 5))
    await until(() => expect(ids()).toEqual(idsOf(0, 5)))
  })

  it('is read once although it was renamed and compressed between two looks', async () => {
    const { path, add, ids, until } = await reading(linesOf(0, 2))
    await until(() => expect(ids()).toEqual(idsOf(0, 2)))
    add(linesOf(2, 4))
    rmSync(path)
    writeFileSync(rotated(path, 1, '.gz'), gzipSync(linesOf(0, 4)))
    writeFileSync(path, linesOf(4, 5))
    await until(() => expect(ids()).toEqual(idsOf(0, 5)))
    add(linesOf(5, 6))
    await until(() => expect(ids()).toEqual(idsOf(0, 6)))
  })

  it('is read from its beginning again when it was emptied under its writer', async () => {
    const { path, add, ids, until, metric } = await reading(linesOf(0, 3))
    await until(() => expect(ids()).toEqual(idsOf(0, 3)))
    truncateSync(path)
    add(linesOf(3, 4))
    await until(() => expect(ids()).toEqual(idsOf(0, 4)))
    expect(metric('waggle.k8s_audit.restarts')).toEqual({ '': 1 })
  })

  it('is read although its writer left a hole of zeros when it was emptied', async () => {
    const hole = Buffer.alloc(5000)
    const { ids, until } = await reading(Buffer.concat([hole, Buffer.from(linesOf(0, 2))]))
    await until(() => expect(ids()).toEqual(idsOf(0, 2)))
  })

  it('may have lines of 10 MB; a longer one than is allowed is skipped and counted', async () => {
    const long = (bytes: number) => ({ requestObject: { pad: 'x'.repeat(bytes) } })
    const { ids, until, metric } = await reading(
      lineOf(0, long(10_000_000)) + lineOf(1, long(17_000_000)) + lineOf(2),
    )
    await until(() => expect(ids()).toEqual(['audit-0', 'audit-2']))
    expect(metric('waggle.k8s_audit.malformed')).toEqual({ too_long: 1 })
  })

  it('waits while the pipelines have enough of it, and loses nothing', async () => {
    const settles: ((outcome: Outcome) => void)[] = []
    const pad = { requestObject: { pad: 'x'.repeat(300_000) } }
    const text = Array.from({ length: 70 }, (_, n) => lineOf(n, pad)).join('')
    const { ids, until, counters } = await reading(text, {
      answer: (batch) => void settles.push((outcome) => batch.delivery.settle(outcome)),
    })
    await until(() => expect(ids()).toHaveLength(64))
    await settled()
    expect(ids()).toHaveLength(64)
    await until(() => {
      for (const settle of settles.splice(0)) settle({ kind: 'accepted' })
      expect([counters.in, counters.out]).toEqual([70, 70])
    })
    expect(ids()).toEqual(idsOf(0, 70))
  })

  it('lets the agent end while the pipelines answer nothing', async () => {
    const pad = { requestObject: { pad: 'x'.repeat(300_000) } }
    const text = Array.from({ length: 70 }, (_, n) => lineOf(n, pad)).join('')
    const { ids, until, receiver, clock, isComplete } = await reading(text, {
      answer: () => undefined,
    })
    await until(() => expect(ids()).toHaveLength(64))
    const ending = receiver.shutdown()
    await eventually(() => expect(isComplete()).toBe(true))
    await clock.advance(5_000)
    await ending
  })

  it('is offered again while it is refused', async () => {
    let asked = 0
    const { counters, until } = await reading(linesOf(0, 2), {
      answer: () =>
        ++asked < 3 ? { kind: 'refused', reason: 'queue_full' } : { kind: 'accepted' },
    })
    await until(() => expect([counters.in, counters.out]).toEqual([2, 2]))
    expect(asked).toBe(3)
  })
})

describe('the audit log after a restart', () => {
  it('goes on where reading ended, also in what was renamed since', async () => {
    const extension = memoryStorage()
    const first = await reading(linesOf(0, 3), { extension })
    await first.until(() => expect(first.ids()).toEqual(idsOf(0, 3)))
    await first.receiver.shutdown()
    const { path } = first
    first.add(linesOf(3, 5))
    renameSync(path, rotated(path, 1))
    writeFileSync(rotated(path, 2), linesOf(5, 7))
    writeFileSync(path, linesOf(7, 8))
    const next = await reading(undefined, { extension, path, file: { start_at: 'end' } })
    await next.until(() => expect(next.ids()).toEqual(idsOf(3, 8)))
  })

  it('goes on in what was compressed since', async () => {
    const extension = memoryStorage()
    const first = await reading(linesOf(0, 3), { extension })
    await first.until(() => expect(first.ids()).toEqual(idsOf(0, 3)))
    await first.receiver.shutdown()
    const { path } = first
    rmSync(path)
    writeFileSync(rotated(path, 1, '.gz'), gzipSync(linesOf(0, 5)))
    writeFileSync(path, linesOf(5, 7))
    const next = await reading(undefined, { extension, path })
    await next.until(() => expect(next.ids()).toEqual(idsOf(3, 7)))
    await next.receiver.shutdown()
    const last = await reading(undefined, { extension, path })
    last.add(lineOf(7))
    await last.until(() => expect(last.ids()).toEqual(idsOf(7, 8)))
  })

  it('takes up nothing of what was renamed before it was known', async () => {
    const extension = memoryStorage()
    const file = { start_at: 'end' }
    const first = await reading(linesOf(0, 1), { extension, file })
    const { path } = first
    await first.receiver.shutdown()
    writeFileSync(rotated(path, 0, '.gz'), gzipSync(linesOf(20, 22)))
    writeFileSync(rotated(path, 1), linesOf(10, 12))
    const next = await reading(undefined, { extension: memoryStorage(), path, file })
    await next.clock.advance(0)
    await eventually(() => expect(next.clock.next).toBe(250))
    rmSync(rotated(path, 1))
    writeFileSync(rotated(path, 1, '.gz'), gzipSync(linesOf(10, 12)))
    next.add(linesOf(1, 2))
    await next.until(() => expect(next.ids()).toEqual(idsOf(1, 2)))
  })

  it('reads again what nobody had answered for, and no more', async () => {
    const extension = memoryStorage()
    let isFirst = true
    const first = await reading(linesOf(0, 2), {
      extension,
      answer: () => {
        if (!isFirst) return undefined
        isFirst = false
        return { kind: 'accepted' }
      },
    })
    await first.until(() => expect(first.ids()).toEqual(idsOf(0, 2)))
    first.add(linesOf(2, 4))
    await first.until(() => expect(first.ids()).toEqual(idsOf(0, 4)))
    const ending = first.receiver.shutdown()
    await eventually(() =>
      first.clock.advance(5_000).then(() => expect(first.isComplete()).toBe(true)),
    )
    await first.clock.advance(5_000)
    await ending
    const next = await reading(undefined, { extension, path: first.path })
    await next.until(() => expect(next.ids()).toEqual(idsOf(2, 4)))
  })
})

describe('an audit log that is read once', () => {
  it('is read from what it was before to its end, and then the stream ends', async () => {
    const { path, receiver } = await reading('', { file: { follow: false } })
    await receiver.shutdown()
    writeFileSync(rotated(path, 1, '.gz'), gzipSync(linesOf(0, 2)))
    writeFileSync(rotated(path, 2), linesOf(2, 4))
    writeFileSync(path, linesOf(4, 6).trimEnd())
    const file = { follow: false, start_at: undefined }
    const { ids, until, isComplete, logged } = await reading(undefined, { path, file })
    await until(() => expect(isComplete()).toBe(true))
    expect(ids()).toEqual(idsOf(0, 6))
    expect(logged).toEqual(['info  All files were read.'])
  })

  it('may be compressed itself', async () => {
    const { path, receiver } = await reading('', { file: { follow: false } })
    await receiver.shutdown()
    writeFileSync(`${path}.gz`, Buffer.concat([gzipSync(linesOf(0, 2)), gzipSync(linesOf(2, 3))]))
    const { ids, until, isComplete } = await reading(undefined, {
      file: { path: undefined, include: [`${dirname(path)}/*.gz`], follow: false },
    })
    await until(() => expect(isComplete()).toBe(true))
    expect(ids()).toEqual(idsOf(0, 3))
  })

  it('says so when it is cut short in its compression, and ends', async () => {
    const { path, receiver } = await reading('', { file: { follow: false } })
    await receiver.shutdown()
    writeFileSync(`${path}.gz`, gzipSync(linesOf(0, 50)).subarray(0, 200))
    const { until, isComplete, logged } = await reading(undefined, {
      file: { path: undefined, include: [`${path}.gz`], follow: false },
    })
    await until(() => expect(isComplete()).toBe(true))
    expect(logged.join('\n')).toContain('unexpected end of file')
  })
})
