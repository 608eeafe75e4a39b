import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { testSettings } from '../../component/lifecycle_test.ts'
import { ArrayNetworkObservations } from '../../pdata/network_observations_for_tests.ts'
import { MetricRegistry } from '../../telemetry/metric_registry.ts'
import { destroyed, DNAT, DONE, MASQUERADE, REFUSED } from './conntrack_for_tests.ts'
import { Translations, type TranslationsOptions } from './translations.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

type Socket = ReturnType<Required<TranslationsOptions>['open']>

/** A kernel that answers requests with `tracked` and tells what is put into `events`. */
class FakeKernel {
  readonly events: (Buffer | string)[] = []
  tracked: Buffer[] = []
  refusal: Buffer | undefined
  sockets = 0

  open = (): Socket => {
    const waiting: Buffer[] = []
    let isListening = false
    this.sockets++
    return {
      join: () => void (isListening = true),
      filter: () => {},
      send: () => void waiting.push(this.refusal ?? Buffer.concat([...this.tracked, DONE])),
      receive: (into) => {
        const next = isListening ? this.events.shift() : waiting.shift()
        if (typeof next === 'string') throw Object.assign(new Error(next), { code: next })
        if (next) into.set(next)
        return next?.length ?? 0
      },
      close: () => void this.sockets--,
    }
  }
}

function translationsOf(kernel: Pick<FakeKernel, 'open'>) {
  const lines: string[] = []
  const settings = testSettings(
    { role: 'receiver', type: 'test' },
    { write: (line) => lines.push(line) },
  )
  const registry = new MetricRegistry('detailed')
  const translations = new Translations({
    log: settings.log,
    meter: registry.meter({}),
    open: kernel.open,
    nowMs: () => Date.now(),
  })
  const metrics = (): Record<string, number> =>
    Object.fromEntries(
      registry
        .collect()
        .metrics.flatMap(({ facts, points }) =>
          points.map(({ value, attributes: { reason = '' } }) => [
            `${facts.name} ${reason}`.trim(),
            value,
          ]),
        ),
    )
  return { translations, lines, metrics }
}

const SOCKETS = new ArrayNetworkObservations([
  { local: '10.203.0.1:47988', peer: '10.96.0.10:80' },
  { local: '[fd00:204::2]:7000', peer: '[fd00:204::3]:37430' },
])
const found = (translations: Translations): (number | undefined)[] =>
  [0, 1].map((i) => translations.find(SOCKETS, i)?.port)

it('knows the connections that are there, and those that come and go', () => {
  const kernel = new FakeKernel()
  kernel.tracked = [DNAT]
  const { translations, metrics } = translationsOf(kernel)
  translations.start()
  expect(found(translations)).toEqual([7000, undefined])
  kernel.events.push(MASQUERADE, destroyed(DNAT))
  expect(found(translations)).toEqual([7000, undefined])
  translations.refresh()
  expect(found(translations)).toEqual([undefined, 37430])
  expect(metrics()).toEqual({
    'waggle.nat.peers': 1,
    'waggle.nat.lost full': 0,
    'waggle.nat.lost overrun': 0,
  })
  translations.stop()
  expect([kernel.sockets, metrics()]).toEqual([0, {}])
})

it('takes events also while nobody asks', () => {
  const kernel = new FakeKernel()
  const { translations } = translationsOf(kernel)
  translations.start()
  kernel.events.push(DNAT)
  vi.advanceTimersByTime(200)
  expect(found(translations)).toEqual([7000, undefined])
  translations.stop()
})

it('reads all anew where events were lost, and counts it', () => {
  const kernel = new FakeKernel()
  const { translations, metrics } = translationsOf(kernel)
  translations.start()
  kernel.events.push(DNAT, 'ENOBUFS', MASQUERADE)
  translations.refresh()
  translations.refresh()
  kernel.tracked = [MASQUERADE]
  expect(found(translations)).toEqual([7000, 37430])
  vi.advanceTimersByTime(10_000)
  expect(found(translations)).toEqual([undefined, 37430])
  expect(metrics()['waggle.nat.lost overrun']).toBe(1)
  translations.stop()
})

it('says once that there is no connection tracking, and goes on', () => {
  const open = (): Socket => {
    throw new Error('EPROTONOSUPPORT')
  }
  const { translations, lines, metrics } = translationsOf({ open })
  translations.start()
  vi.advanceTimersByTime(60_000)
  translations.refresh()
  expect(found(translations)).toEqual([undefined, undefined])
  expect(lines.join('')).toContain('Cannot read connection tracking.')
  expect(lines.join('')).toContain('peers behind address translation are not told')
  expect([lines.length, metrics()]).toEqual([1, {}])
  translations.stop()
})

it('says once that it may not, and leaves nothing open', () => {
  const kernel = new FakeKernel()
  kernel.refusal = REFUSED
  const { translations, lines } = translationsOf(kernel)
  translations.start()
  expect(lines.join('')).toContain('peers behind address translation are not told')
  expect([lines.length, kernel.sockets]).toEqual([1, 0])
  translations.stop()
})
