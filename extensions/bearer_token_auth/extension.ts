import { createHash, timingSafeEqual } from 'node:crypto'
import { firstHeader } from '../../src/component/auth.ts'
import type {
  Admission,
  ClientAuth,
  HeaderChanges,
  IncomingHeaders,
  ServerAuth,
} from '../../src/component/auth.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { WatchedText } from '../../src/helpers/watched_text.ts'
import { isToken, type BearerTokenAuthConfig } from './config.ts'

/** `bearer_token_auth` as a component: sends a token with requests, and takes those that have one. */
export class BearerTokenAuthExtension implements ClientAuth, ServerAuth {
  readonly challenge: string
  readonly #log: Settings['log']
  readonly #header: string
  readonly #prefix: string
  readonly #file: WatchedText | undefined
  readonly #filename: string | undefined
  /** What the tokens in use were made of, so that they are made once. */
  #read: string | undefined
  #values: readonly string[]
  #digests: readonly Buffer[] = []

  constructor({ log }: Settings, config: BearerTokenAuthConfig, clock?: Clock) {
    const { header, scheme, token, tokens, filename: file } = config
    this.#log = log
    this.#header = header.toLowerCase()
    this.#prefix = scheme === '' ? '' : `${scheme} `
    this.challenge = scheme === '' ? 'Bearer' : scheme
    this.#filename = file
    if (file !== undefined) this.#file = new WatchedText({ option: 'filename', file }, log, clock)
    const given = tokens ?? (token ? [token] : [])
    this.#values = file === undefined ? given.map((one) => this.#prefix + one.reveal()) : []
    this.#digests = this.#values.map(digest)
    if (file !== undefined && given.length > 0) {
      log.warn({ filename: file }, 'A filename is given: the tokens beside it are not used.')
    }
  }

  /** Rejects where the file cannot be read or has no token in it. */
  async start(): Promise<void> {
    await this.#file?.start()
    await this.#refresh()
  }

  async headers(): Promise<HeaderChanges> {
    await this.#refresh()
    return { [this.#header]: this.#values[0] }
  }

  async authenticate(headers: IncomingHeaders): Promise<Admission> {
    await this.#refresh()
    const given = firstHeader(headers, this.#header)
    if (!given) return { kind: 'refused', reason: 'missing_credentials' }
    if (!given.startsWith(this.#prefix)) return { kind: 'refused', reason: 'malformed_credentials' }
    const found = digest(given)
    // Every token is compared, so that the time says nothing of which one it was.
    const matches = this.#digests.filter((known) => timingSafeEqual(known, found))
    return matches.length > 0
      ? { kind: 'admitted' }
      : { kind: 'refused', reason: 'wrong_credentials' }
  }

  /** Where the file changes to something that cannot be used, the tokens stay what they were. */
  async #refresh(): Promise<void> {
    if (!this.#file) return
    const text = await this.#file.get()
    if (text === this.#read) return
    const isFirst = this.#read === undefined
    const tokens = tokensIn(text)
    const fault = `filename ${this.#filename}: expected a token of ASCII on each line`
    if (!tokens && isFirst) throw new Error(fault)
    this.#read = text
    if (!tokens)
      return this.#log.warn({ error: fault }, 'Tokens cannot be used, going on with the old ones.')
    this.#values = tokens.map((token) => this.#prefix + token)
    this.#digests = this.#values.map(digest)
  }
}

/** The first word of each line; undefined where one is no token, or there is none. */
function tokensIn(text: string): string[] | undefined {
  const words = text.split('\n').flatMap((line) => line.trim().split(/\s+/, 1))
  const tokens = words.filter((word) => word !== '')
  return tokens.length > 0 && tokens.every(isToken) ? tokens : undefined
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
