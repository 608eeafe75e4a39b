import { EMPTY, lastValueFrom, Subject } from 'rxjs'
import type { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../pdata/batch.ts'
import { ComponentCounters } from '../telemetry/counters.ts'
import { createLogger } from '../telemetry/logger.ts'
import { NO_METER } from '../telemetry/meter.ts'
import type { Factory } from './component.ts'
import type { Lifecycle } from './lifecycle.ts'
import { NO_SURROUNDINGS, type Settings } from './settings.ts'

/** Settings for a component under test: log lines go nowhere, unless `out` is given. */
export function testSettings(
  { role, type }: Pick<Factory, 'role' | 'type'>,
  out: { write(text: string): unknown } = { write: () => {} },
): Settings {
  const component = `${role}/${type}`
  const log = createLogger({ level: 'debug', out }).child({ component })
  const counters = new ComponentCounters(component)
  const outside = { ...NO_SURROUNDINGS, meter: NO_METER, version: '0.0.0-test' }
  return { id: type, log, counters, ...outside }
}

/**
 * Registers the tests that every component has to pass: its life may end before it began, while it
 * begins and twice, its streams complete, and nothing is said to be in it that it never got.
 * @param config the component's options as they stand in YAML
 */
export function lifecycleTest(factory: Factory, config: unknown = {}): void {
  describe(`the life of ${factory.role} ${factory.type}`, () => {
    const make = (): Made => create(factory, config)

    it('shuts down without having been started', async () => {
      const { component } = make()
      await component.shutdown?.()
    })

    it('starts, and ends its streams when it is shut down', async () => {
      const { component, counters, ended } = make()
      const streams = ended()
      await component.start?.()
      await component.shutdown?.()
      await streams
      expect(counters.held).toBe(0)
    })

    it('shuts down while it is starting', async () => {
      const { component, ended } = make()
      const streams = ended()
      const starting = component.start?.()
      await component.shutdown?.()
      await starting?.catch(() => {})
      await component.shutdown?.()
      await streams
    })

    it('shuts down twice, and both times wait', async () => {
      const { component, ended } = make()
      const streams = ended()
      await component.start?.()
      await Promise.all([component.shutdown?.(), component.shutdown?.()])
      await component.shutdown?.()
      await streams
    })
  })
}

interface Made {
  readonly component: Lifecycle
  readonly counters: ComponentCounters
  /** Subscribes to what the component emits; resolves when that has completed. */
  readonly ended: () => Promise<unknown>
}

function create(factory: Factory, options: unknown): Made {
  const settings = testSettings(factory)
  const { counters } = settings
  const config = factory.config.parse(options)
  switch (factory.role) {
    case 'receiver': {
      const receiver = factory.create(settings, config)
      return { component: receiver, counters, ended: () => ended(receiver.batches$) }
    }
    case 'processor':
    case 'connector': {
      const component = factory.create(settings, config)
      return { component, counters, ended: () => ended(component.operator(EMPTY)) }
    }
    case 'exporter':
    case 'extension':
      return { component: factory.create(settings, config), counters, ended: async () => {} }
  }
}

/** Takes what comes and settles it, as the last stage does. */
function ended(batches$: Observable<Batch>): Promise<unknown> {
  const taken = new Subject<Batch>()
  const last = lastValueFrom(taken, { defaultValue: undefined })
  taken.subscribe((batch) => batch.delivery.settle({ kind: 'accepted' }))
  batches$.subscribe(taken)
  return last
}
