import type { Extension } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock } from '../../src/helpers/clock.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import type { TemplateNameConfig } from './config.ts'

/** Says in the log at a fixed interval that it is alive. */
export class TemplateNameExtension implements Extension {
  readonly #settings: Settings
  readonly #config: TemplateNameConfig
  readonly #clock: Clock
  #cancel: (() => void) | undefined

  constructor(settings: Settings, config: TemplateNameConfig, clock: Clock = systemClock) {
    this.#settings = settings
    this.#config = config
    this.#clock = clock
  }

  async start(): Promise<void> {
    this.#wait()
  }

  async shutdown(): Promise<void> {
    this.#cancel?.()
  }

  #wait(): void {
    this.#cancel = this.#clock.after(this.#config.interval, () => {
      this.#wait()
      this.#settings.log.info('Alive.')
    })
  }
}
