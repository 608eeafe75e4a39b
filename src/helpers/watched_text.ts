import { readFile } from 'node:fs/promises'
import { describeError } from '../component/errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import { systemClock, type Clock } from './clock.ts'

/** How often a file is looked at, at most, in milliseconds. */
const READ_AGAIN_MS = 1_000

/** Where a text stands. */
export interface TextSource {
  /** The option that names the file, for errors: `filename`. */
  readonly option: string
  /** Used where there is no file. */
  readonly text?: string | undefined
  readonly file?: string | undefined
}

/**
 * A text such as a token that stands in the configuration or in a file. The file is read again when
 * somebody asks, so that a token that is replaced is used within a second, on file systems of all
 * kinds and through links. Nothing that it says or throws has the text in it.
 */
export class WatchedText {
  readonly #source: TextSource
  readonly #log: Logger
  readonly #clock: Clock
  #text: string | undefined
  #readAt = 0
  #reading: Promise<void> | undefined
  #complained = false

  constructor(source: TextSource, log: Logger, clock: Clock = systemClock) {
    this.#source = source
    this.#log = log
    this.#clock = clock
    if (source.file === undefined) this.#text = source.text ?? ''
  }

  /** Reads the file for the first time. Rejects with `read filename /path` and the reason. */
  async start(): Promise<void> {
    if (this.#source.file !== undefined) await this.#read(this.#source.file)
  }

  /** The text as it stands, without white space around it. Rejects where the file could never be read. */
  async get(): Promise<string> {
    const { file } = this.#source
    const isDue = this.#text === undefined || this.#clock.now() - this.#readAt >= READ_AGAIN_MS
    if (file !== undefined && isDue) {
      this.#reading ??= this.#again(file).finally(() => (this.#reading = undefined))
      await this.#reading
    }
    return this.#text as string
  }

  async #again(file: string): Promise<void> {
    try {
      await this.#read(file)
      this.#complained = false
    } catch (error) {
      if (this.#text === undefined) throw error
      this.#readAt = this.#clock.now()
      this.#complain(error)
    }
  }

  async #read(file: string): Promise<void> {
    const { option } = this.#source
    try {
      const text = (await readFile(file, 'utf8')).trim()
      if (this.#text !== undefined && text !== this.#text) {
        this.#log.info({ option, file }, 'File was read again.')
      }
      this.#text = text
      this.#readAt = this.#clock.now()
    } catch (cause) {
      throw new Error(`read ${option} ${file}`, { cause })
    }
  }

  /** Once, until it works again. */
  #complain(error: unknown): void {
    if (this.#complained) return
    this.#complained = true
    const fields = { error: describeError(error) }
    this.#log.warn(fields, 'File cannot be read again, going on with what was in it.')
  }
}
