import { randomBytes } from 'node:crypto'
import { Subject } from 'rxjs'
import type { Observable } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock } from '../../src/helpers/clock.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { SPAN_KIND, STATUS_CODE, Traces } from '../../src/pdata/traces.ts'
import type { Span } from '../../src/pdata/traces.ts'
import type { TemplateNameConfig } from './config.ts'

/** Emits a batch of one span at a fixed interval. */
export class TemplateNameReceiver implements Receiver {
  readonly batches$: Observable<Batch>
  readonly #settings: Settings
  readonly #config: TemplateNameConfig
  readonly #clock: Clock
  readonly #resource = new Resource({ 'service.name': 'template_name' })
  readonly #batches = new Subject<Batch>()
  #cancel: (() => void) | undefined

  constructor(settings: Settings, config: TemplateNameConfig, clock: Clock = systemClock) {
    this.#settings = settings
    this.#config = config
    this.#clock = clock
    this.batches$ = this.#batches.asObservable()
  }

  async start(): Promise<void> {
    this.#wait()
  }

  async shutdown(): Promise<void> {
    this.#cancel?.()
    this.#batches.complete()
  }

  #wait(): void {
    this.#cancel = this.#clock.after(this.#config.interval, () => {
      this.#wait()
      this.#emit()
    })
  }

  #emit(): void {
    const { counters, version } = this.#settings
    counters.countIn(1)
    const scope = { name: 'template_name', version }
    const group = { resource: this.#resource, scope, spans: new SpanArray([span()]) }
    this.#batches.next(new Traces([group], new Delivery()))
  }
}

function span(): Span {
  const now = BigInt(Date.now()) * 1_000_000n
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: 'tick',
    kind: SPAN_KIND.internal,
    startNs: now,
    endNs: now,
    attributes: {},
    events: [],
    status: { code: STATUS_CODE.unset, message: '' },
  }
}
