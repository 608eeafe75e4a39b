import { firstHeader, type IncomingHeaders } from '../../src/component/auth.ts'
import { describeError } from '../../src/component/errors.ts'
import type { ReviewedUser, Reviews } from '../../src/kubernetes/index.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import type { Viewer } from './access.ts'
import { Refusal } from './refusal.ts'

/** Questions to the API server at a time: whoever sends nonsense must not keep it busy. */
const MOST_UNDER_WAY = 64

/** Who asks the API server. */
export type Reviewer = Pick<Reviews, 'reviewToken' | 'mayRead'>

/** Knows clients by their tokens of the cluster: each sees the pods that it may `get` there. */
export class ClusterViewers {
  readonly #reviewer: Reviewer
  readonly #log: Logger
  #underWay = 0

  constructor(reviewer: Reviewer, log: Logger) {
    this.#reviewer = reviewer
    this.#log = log
  }

  /** Who sent a request. Rejects with `Refusal`. */
  async admit(headers: IncomingHeaders): Promise<Viewer> {
    const header = firstHeader(headers, 'authorization') ?? ''
    const [, token] = /^bearer +(\S+)$/i.exec(header) ?? []
    const refusal = new Refusal(401, 'A bearer token of the cluster is needed.', 'Bearer')
    if (token === undefined) throw refusal
    const verdict = await this.#ask(() => this.#reviewer.reviewToken(token))
    if (verdict.kind === 'refused') throw refusal
    return { sees: (namespace) => this.#sees(verdict.user, namespace) }
  }

  async #sees(user: ReviewedUser, namespace: string): Promise<boolean> {
    return this.#ask(() => this.#reviewer.mayRead(user, { namespace }))
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#underWay >= MOST_UNDER_WAY)
      throw new Refusal(429, 'Too many clients are being authenticated.')
    this.#underWay++
    try {
      return await question()
    } catch (error) {
      this.#log.warn({ error: describeError(error) }, 'Cannot ask the API server who may see what.')
      throw new Refusal(503, 'The API server cannot be asked who may see what.')
    } finally {
      this.#underWay--
    }
  }
}
