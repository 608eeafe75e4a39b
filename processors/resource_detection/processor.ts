import { Observable } from 'rxjs'
import type { OperatorFunction, Subscriber } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { type Clock, systemClock } from '../../src/helpers/clock.ts'
import { AttributeKey, encodedValue } from '../../src/pdata/attribute_editor.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ResourceEditor } from '../../src/pdata/edit_resource.ts'
import type { ResourceDetectionConfig } from './config.ts'
import { Detection } from './detection.ts'
import { realSurroundings, type Surroundings } from './surroundings.ts'

/** Batches that wait for the first detection at most. */
export const MAX_HELD = 256

/**
 * `resource_detection` as a component. It starts at once: batches that come before the first
 * detection has ended wait for it, and when too many do the oldest goes on without.
 */
export class ResourceDetectionProcessor implements Processor {
  readonly #settings: Settings
  readonly #config: ResourceDetectionConfig
  readonly #clock: Clock
  readonly #detection: Detection
  #editor: ResourceEditor | undefined
  #detected: Attributes | undefined
  #held: Batch[] = []
  #out: Subscriber<Batch> | undefined
  #isStopped = false
  #cancelRefresh = (): void => {}
  #running: Promise<void> | undefined

  constructor(
    settings: Settings,
    config: ResourceDetectionConfig,
    around: Surroundings = realSurroundings,
    clock: Clock = systemClock,
  ) {
    this.#settings = settings
    this.#config = config
    this.#clock = clock
    this.#detection = new Detection(config, around, clock, settings.log)
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      new Observable((out) => {
        this.#out = out
        return source.subscribe({
          next: (batch) => this.#take(batch, out),
          error: (error) => out.error(error),
          complete: () => {
            this.#release()
            out.complete()
          },
        })
      })
  }

  async start(): Promise<void> {
    this.#running = this.#detect()
  }

  async shutdown(): Promise<void> {
    this.#isStopped = true
    this.#cancelRefresh()
    this.#detection.stop()
    await this.#running
    this.#release()
  }

  async #detect(): Promise<void> {
    const detected = await this.#detection.detect()
    this.#use(detected)
    this.#release()
    const { refresh_interval: interval } = this.#config
    if (interval === 0 || this.#isStopped) return
    this.#cancelRefresh = this.#clock.after(interval, () => void (this.#running = this.#detect()))
  }

  #use(detected: Attributes): void {
    if (this.#editor && JSON.stringify(detected) === JSON.stringify(this.#detected)) return
    this.#detected = detected
    this.#editor = editorOf(detected, this.#config.override)
    if (!this.#isStopped) this.#settings.log.info({ attributes: detected }, 'Resource detected.')
  }

  #take(batch: Batch, out: Subscriber<Batch>): void {
    if (this.#editor) return out.next(this.#editor.batch(batch))
    this.#held.push(batch)
    if (this.#isStopped) return this.#release()
    if (this.#held.length > MAX_HELD) out.next(this.#held.shift() as Batch)
  }

  #release(): void {
    const held = this.#held
    this.#held = []
    for (const batch of held) this.#out?.next(this.#editor?.batch(batch) ?? batch)
  }
}

function editorOf(detected: Attributes, override: boolean): ResourceEditor {
  const entries = Object.entries(detected).map(([key, value]) => {
    return { key: new AttributeKey(key), value: encodedValue(value) }
  })
  return new ResourceEditor((attributes) => {
    for (const { key, value } of entries) {
      const i = attributes.find(key)
      if (i < 0 || (override && !attributes.encoded(i).equals(value))) attributes.set(key, value)
    }
  })
}
