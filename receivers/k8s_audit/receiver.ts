import { Subject, type Observable } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { FileFollower, type FollowOptions } from '../../src/helpers/files/file_follower.ts'
import { within } from '../../src/helpers/within.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { FileConfig, K8sAuditConfig } from './config.ts'
import { EventReader } from './event_reader.ts'
import { FileIntake } from './file_intake.ts'
import { Selection } from './selection.ts'
import { Tally } from './tally.ts'
import { Webhook } from './webhook.ts'

/** How long the pipelines may take at the end for what was read, in milliseconds. */
const SETTLE_MS = 5_000
/** So many files are kept open. */
const MAX_FILES = 1024

/** Takes audit events from files and from webhooks of API servers. */
export class K8sAuditReceiver implements Receiver {
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #batches = new Subject<Batch>()
  readonly #intake: FileIntake | undefined
  readonly #follower: FileFollower | undefined
  readonly #webhook: Webhook | undefined
  #starting: Promise<void> | undefined
  #ending: Promise<void> | undefined

  /** @param nowNs the time of day */
  constructor(
    settings: Settings,
    { file, webhook, select }: K8sAuditConfig,
    clock: Clock = systemClock,
    nowNs?: () => bigint,
  ) {
    this.#settings = settings
    this.#clock = clock
    const tally = new Tally(settings.counters, settings.meter)
    const reader = new EventReader(new Selection(select), tally, nowNs)
    const parts = { settings, batches: this.#batches, reader, tally, clock }
    if (webhook) this.#webhook = new Webhook(webhook, parts)
    if (!file) return
    const { max_line_bytes: maxLineBytes, storage } = file
    this.#intake = new FileIntake({ ...parts, maxLineBytes, isKept: storage !== undefined })
    // Whoever reads a log once wants to know when that is done.
    const onAllRead = webhook ? undefined : () => this.#batches.complete()
    const options = followOptions(file)
    this.#follower = new FileFollower(settings, options, this.#intake, clock, onAllRead)
    this.#register(this.#follower)
  }

  get batches$(): Observable<Batch> {
    return this.#batches
  }

  async start(): Promise<void> {
    if (this.#ending) return
    this.#starting = this.#startAll()
    await this.#starting
  }

  shutdown(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #startAll(): Promise<void> {
    await this.#webhook?.start()
    await this.#follower?.start()
  }

  /** The pipelines learn that nothing more comes before their answers are waited for. */
  async #end(): Promise<void> {
    this.#intake?.stop()
    const stopped = this.#follower?.stop()
    await this.#starting?.catch(() => {})
    this.#webhook?.stop()
    await stopped
    this.#batches.complete()
    if (this.#intake) await within(this.#clock, SETTLE_MS, this.#intake.settled())
    await this.#webhook?.close()
    await this.#follower?.close()
  }

  #register(follower: FileFollower): void {
    const { meter } = this.#settings
    const files = { name: 'waggle.k8s_audit.files', description: 'Files that are read.' }
    meter.gauge({ ...files, unit: '{file}' }, (observe) => observe(follower.files))
    const name = 'waggle.k8s_audit.restarts'
    const description = 'Files that were emptied, and read anew.'
    meter.counter({ name, description, unit: '{file}' }, (observe) => observe(follower.restarts))
  }
}

function followOptions(config: FileConfig): FollowOptions {
  const { path, include, follow, start_at, poll_interval, rotated, max_line_bytes } = config
  return {
    include: include ?? (path === undefined ? [] : [path]),
    startAt: start_at ?? (follow ? 'end' : 'beginning'),
    pollMs: poll_interval,
    once: !follow,
    rotated,
    maxLineBytes: max_line_bytes,
    maxFiles: MAX_FILES,
    storage: config.storage,
  }
}
