import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { json, type PageAnswer, type PageRequest } from '../../src/helpers/page_server.ts'
import type { Access, Viewer } from './access.ts'
import { languageOf } from './language.ts'
import { API, openApiDocument } from './openapi.ts'
import { indexPage, podPage } from './pages.ts'
import { Refusal } from './refusal.ts'
import { RequestCounts } from './request_counts.ts'
import { match, queryOf } from './router.ts'
import type { Asked } from './routes.ts'
import type { Sources } from './sources.ts'

/** Whoever is asked whether a client may see something answers within this time, in milliseconds. */
const LONGEST_ANSWER_MS = 10_000

/** What answers are made of. */
export interface AnswersOptions {
  readonly settings: Settings
  readonly access: Access
  readonly sources: Sources
  readonly clock: Clock
}

/** Something that can be asked for; `route` is what it is counted as. */
interface Handler {
  readonly route: string
  readonly open?: boolean
  readonly read: (viewer: Viewer) => PageAnswer | Promise<PageAnswer>
}

/** Makes an answer of each request, and counts them. */
export class Answers {
  readonly #options: AnswersOptions
  readonly #document: PageAnswer
  readonly #counts: RequestCounts

  constructor(options: AnswersOptions) {
    this.#options = options
    this.#document = json(200, openApiDocument(options.settings.version))
    this.#counts = new RequestCounts(options.settings.meter)
  }

  /** The answer to a request. Rejects only over a bug. */
  async answer(request: PageRequest): Promise<PageAnswer> {
    const handler = this.#handlerOf(request)
    try {
      const answer = await this.#inTime(this.#read(handler, request))
      this.#counts.count(handler.route, answer.status)
      return answer
    } catch (error) {
      this.#counts.count(handler.route, error instanceof Refusal ? error.status : 500)
      if (error instanceof Refusal) return refused(error)
      throw error
    }
  }

  async #read({ open, read }: Handler, { headers }: PageRequest): Promise<PageAnswer> {
    if (open) return read({ sees: async () => false })
    return read(await this.#options.access.admit(headers))
  }

  #handlerOf(request: PageRequest): Handler {
    const path = request.path.replace(/\/+$/, '')
    if (path === '/openapi.json') return { route: path, open: true, read: () => this.#document }
    const { sources: source } = this.#options
    const language = languageOf(String(request.headers['accept-language'] ?? ''))
    const about = { source, language, query: request.query }
    if (path === '') return { route: '/', read: (viewer) => indexPage({ ...about, viewer }) }
    if (path.startsWith(`${API}/`))
      return this.#api(path.slice(API.length), { ...request, language })
    const [, pods, ...names] = path.split('/')
    if (pods === 'pods' && names.length === 2) {
      return { route: '/pods', read: (viewer) => podPage({ ...about, viewer }, names) }
    }
    return { route: 'none', read: notFound }
  }

  #api(
    path: string,
    { query, language }: Pick<PageRequest, 'query'> & Pick<Asked, 'language'>,
  ): Handler {
    const { sources: source } = this.#options
    const found = caught(() => match(path))
    if (found instanceof Refusal) return { route: 'none', read: () => refused(found) }
    if (!found) return { route: 'none', read: notFound }
    const { route, params } = found
    const read = async (viewer: Viewer): Promise<PageAnswer> => {
      const asked = { params, query: queryOf(route.query, query), viewer, source, language }
      const answer = json(200, await route.read(asked))
      return { ...answer, headers: { 'content-language': language, vary: 'Accept-Language' } }
    }
    return { route: `${API}${route.path}`, read }
  }

  async #inTime(answer: Promise<PageAnswer>): Promise<PageAnswer> {
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      const refusal = new Refusal(503, 'It takes too long to find out what you may see.')
      cancel = this.#options.clock.after(LONGEST_ANSWER_MS, () => reject(refusal))
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      cancel()
    }
  }
}

function notFound(): never {
  throw new Refusal(404, 'There is nothing here. /openapi.json says what there is.')
}

function refused({ status, message, challenge }: Refusal): PageAnswer {
  const answer = json(status, { error: message })
  return challenge === undefined
    ? answer
    : { ...answer, headers: { 'www-authenticate': challenge } }
}

function caught<T>(read: () => T): T | Refusal {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
