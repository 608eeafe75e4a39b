import type { ClientAuth, HeaderChanges } from '../../src/component/auth.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { WatchedText } from '../../src/helpers/watched_text.ts'
import type { ClientAuthConfig } from './config.ts'

/** `basic_auth` of a client: sends a name and its password with requests. */
export class BasicAuthClient implements ClientAuth {
  readonly #username: WatchedText
  readonly #password: WatchedText

  constructor({ log }: Settings, config: ClientAuthConfig, clock?: Clock) {
    const { username, username_file, password, password_file } = config
    const name = { option: 'client_auth.username_file', text: username, file: username_file }
    this.#username = new WatchedText(name, log, clock)
    const text = password?.reveal()
    const secret = { option: 'client_auth.password_file', text, file: password_file }
    this.#password = new WatchedText(secret, log, clock)
  }

  /** Rejects where a file cannot be read. */
  async start(): Promise<void> {
    await Promise.all([this.#username.start(), this.#password.start()])
  }

  async headers(): Promise<HeaderChanges> {
    const [username, password] = await Promise.all([this.#username.get(), this.#password.get()])
    if (username.includes(':'))
      throw new Error('client_auth.username_file: expected a name without ":"')
    const raw = Buffer.from(`${username}:${password}`).toString('base64')
    return { authorization: `Basic ${raw}` }
  }
}
