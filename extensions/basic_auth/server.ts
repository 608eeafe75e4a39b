import { firstHeader } from '../../src/component/auth.ts'
import type { Admission, IncomingHeaders, ServerAuth } from '../../src/component/auth.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { WatchedText } from '../../src/helpers/watched_text.ts'
import type { HtpasswdConfig } from './config.ts'
import { parseHtpasswd } from './htpasswd.ts'
import { Verifier } from './verifier.ts'

/** `basic_auth` of a server: takes the requests of users whose passwords it knows. */
export class BasicAuthServer implements ServerAuth {
  readonly challenge = 'Basic realm="waggle", charset="UTF-8"'
  readonly #log: Settings['log']
  readonly #file: WatchedText
  readonly #path: string | undefined
  readonly #inline: string
  readonly #verifier = new Verifier()
  #read: string | undefined

  constructor({ log }: Settings, { file, inline }: HtpasswdConfig, clock?: Clock) {
    this.#log = log
    this.#path = file
    this.#file = new WatchedText({ option: 'htpasswd.file', file }, log, clock)
    this.#inline = inline?.reveal() ?? ''
  }

  /** Rejects where the file cannot be read or has a line in it that cannot be taken. */
  async start(): Promise<void> {
    await this.#file.start()
    await this.#refresh()
  }

  async authenticate(headers: IncomingHeaders): Promise<Admission> {
    await this.#refresh()
    const header = firstHeader(headers, 'authorization')
    if (!header) return { kind: 'refused', reason: 'missing_credentials' }
    const [, raw] = /^basic ([0-9A-Za-z+/]+={0,2})$/i.exec(header) ?? []
    const text = Buffer.from(raw ?? '', 'base64').toString()
    const end = text.indexOf(':')
    if (raw === undefined || end < 0) return { kind: 'refused', reason: 'malformed_credentials' }
    const username = text.slice(0, end)
    const verdict = await this.#verifier.verify(username, text.slice(end + 1))
    if (verdict === 'right') return { kind: 'admitted', attributes: { username, raw } }
    return { kind: 'refused', reason: verdict === 'busy' ? 'busy' : 'wrong_credentials' }
  }

  /** Where the file changes to something that cannot be used, the users stay who they were. */
  async #refresh(): Promise<void> {
    const text = await this.#file.get()
    if (text === this.#read) return
    const { users, faults } = parseHtpasswd(text)
    const fault = `htpasswd.file ${this.#path}: ${faults.join('; ')}`
    if (faults.length > 0 && this.#read === undefined) throw new Error(fault)
    this.#read = text
    if (faults.length > 0) {
      return this.#log.warn({ error: fault }, 'Users cannot be used, going on with the old ones.')
    }
    this.#verifier.become(new Map([...users, ...parseHtpasswd(this.#inline).users]))
  }
}
