import type { Meter, Observe } from '../telemetry/meter.ts'
import { resourceName } from './object.ts'
import type { Reflector } from './reflector.ts'

type AnyReflector = Pick<Reflector<unknown, unknown>, 'counts' | 'objects' | 'state'>
/** What reflectors have in common as far as metrics go. */
export type MeasuredReflectors = () => readonly AnyReflector[]

/** Registers what reflectors tell of themselves; those of one resource are added up. */
export function registerReflectorMetrics(meter: Meter, reflectors: MeasuredReflectors): void {
  const each = (
    observe: Observe,
    read: (one: AnyReflector, add: (key: string, value: number) => void) => void,
    attributesOf: (parts: readonly string[]) => Record<string, string>,
    join: (a: number, b: number) => number = (a, b) => a + b,
  ): void => {
    const sums = new Map<string, number>()
    for (const one of reflectors()) {
      const resource = resourceName(one.state.resource)
      read(one, (key, value) => {
        const whole = key === '' ? resource : `${resource} ${key}`
        const known = sums.get(whole)
        sums.set(whole, known === undefined ? value : join(known, value))
      })
    }
    for (const [key, sum] of sums) {
      const [resource = '', ...parts] = key.split(' ')
      observe(sum, { resource, ...attributesOf(parts) })
    }
  }
  const none = (): Record<string, string> => ({})
  meter.gauge(
    {
      name: 'waggle.kubernetes.objects',
      description: 'Objects that are known, by resource.',
      unit: '{object}',
    },
    (observe) => each(observe, ({ objects }, add) => add('', objects.size), none),
  )
  meter.counter(
    {
      name: 'waggle.kubernetes.lists',
      description: 'Lists that were begun, by resource and reason.',
      unit: '{list}',
    },
    (observe) =>
      each(
        observe,
        ({ counts }, add) => counts.lists.forEach((count, reason) => add(reason, count)),
        ([reason = '']) => ({ reason }),
      ),
  )
  meter.counter(
    {
      name: 'waggle.kubernetes.ends',
      description: 'Lists that failed and watches that ended, by resource, operation and reason.',
      unit: '{end}',
    },
    (observe) =>
      each(
        observe,
        ({ counts }, add) => {
          counts.listEnds.forEach((count, reason) => add(`list ${reason}`, count))
          counts.watchEnds.forEach((count, reason) => add(`watch ${reason}`, count))
        },
        ([operation = '', reason = '']) => ({ operation, reason }),
      ),
  )
  meter.counter(
    {
      name: 'waggle.kubernetes.events',
      description: 'Events of watches, by resource and type.',
      unit: '{event}',
    },
    (observe) =>
      each(
        observe,
        ({ counts }, add) => counts.events.forEach((count, type) => add(type, count)),
        ([type = '']) => ({ type }),
      ),
  )
  const larger = (a: number, b: number): number => Math.max(a, b)
  meter.gauge(
    {
      name: 'waggle.kubernetes.lag',
      description: 'How old the latest change was when it was seen, by resource.',
      unit: 's',
    },
    (observe) => {
      const read = ({ counts }: AnyReflector, add: (key: string, value: number) => void): void => {
        if (counts.lagMs !== undefined) add('', counts.lagMs / 1000)
      }
      each(observe, read, none, larger)
    },
  )
  meter.gauge(
    {
      name: 'waggle.kubernetes.silence',
      description: 'Time since the API server said something, by resource.',
      unit: 's',
    },
    (observe) => {
      const read = ({ counts }: AnyReflector, add: (key: string, value: number) => void): void => {
        if (counts.silenceMs !== undefined) add('', counts.silenceMs / 1000)
      }
      each(observe, read, none, larger)
    },
  )
}
