import { Subject, type Observable } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { FileFollower, type FollowOptions } from '../../src/helpers/files/file_follower.ts'
import { within } from '../../src/helpers/within.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { OtlpFileConfig } from './config.ts'
import { LineIntake } from './line_intake.ts'

const MIB = 1024 * 1024
/** How long the pipelines may take at the end for what was read, in milliseconds. */
const SETTLE_MS = 5_000

/** Reads the lines of files, once or as they come. */
export class OtlpFileReceiver implements Receiver {
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #batches = new Subject<Batch>()
  readonly #intake: LineIntake
  readonly #follower: FileFollower
  #ending: Promise<void> | undefined

  constructor(settings: Settings, config: OtlpFileConfig, clock: Clock = systemClock) {
    this.#settings = settings
    this.#clock = clock
    const { storage, max_line_size_mib } = config
    const isKept = storage !== undefined
    this.#intake = new LineIntake(settings, this.#batches, isKept, max_line_size_mib, clock)
    this.#follower = new FileFollower(settings, followOptions(config), this.#intake, clock)
    this.#register()
  }

  get batches$(): Observable<Batch> {
    return this.#batches
  }

  start(): Promise<void> {
    return this.#follower.start()
  }

  shutdown(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#intake.stop()
    await this.#follower.stop()
    this.#batches.complete()
    await within(this.#clock, SETTLE_MS, this.#intake.settled())
    await this.#follower.close()
    this.#intake.end()
  }

  #register(): void {
    const { meter } = this.#settings
    const files = { name: 'waggle.otlp_file.files', description: 'Files that are followed.' }
    meter.gauge({ ...files, unit: '{file}' }, (observe) => observe(this.#follower.files))
    const name = 'waggle.otlp_file.restarts'
    const description = 'Files that were emptied, and read anew.'
    meter.counter({ name, description, unit: '{file}' }, (observe) =>
      observe(this.#follower.restarts),
    )
  }
}

function followOptions(config: OtlpFileConfig): FollowOptions {
  const { include, exclude, start_at, poll_interval, replay_file, max_concurrent_files } = config
  return {
    include,
    exclude,
    startAt: start_at,
    pollMs: poll_interval,
    once: replay_file,
    rotated: false,
    maxLineBytes: config.max_line_size_mib * MIB,
    maxFiles: max_concurrent_files,
    storage: config.storage,
  }
}
