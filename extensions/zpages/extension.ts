import type { Extension } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { json, PageServer, text } from '../../src/helpers/page_server.ts'
import type { PageAnswer, PageRequest } from '../../src/helpers/page_server.ts'
import type { ZpagesConfig } from './config.ts'
import { configz } from './configz.ts'
import { errorz } from './errorz.ts'
import { expvarz } from './expvarz.ts'
import { extensionz } from './extensionz.ts'
import { featurez } from './featurez.ts'
import { htmlPage } from './html.ts'
import type { Page, PageContent } from './page.ts'
import { pipelinez } from './pipelinez.ts'
import { servicez } from './servicez.ts'
import { tracez } from './tracez.ts'

const PAGES: readonly Page[] = [servicez, pipelinez, extensionz, featurez, configz, errorz, tracez]

/** Nothing but the page itself: whatever a name or an error smuggles in is not run. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
}

/** `zpages`: up before the pipelines and until the last of them has ended. */
export class ZpagesExtension implements Extension {
  readonly #settings: Settings
  readonly #config: ZpagesConfig
  readonly #pages: readonly Page[]
  readonly #server: PageServer

  constructor(settings: Settings, config: ZpagesConfig) {
    this.#settings = settings
    this.#config = config
    this.#pages = config.expvar.enabled ? [...PAGES, expvarz] : PAGES
    const answer = (request: PageRequest): PageAnswer => this.#answer(request)
    this.#server = new PageServer({ answer, log: settings.log, tls: config.tls })
  }

  async start(): Promise<void> {
    const url = await this.#server.start(this.#config.endpoint)
    this.#settings.log.info({ url: `${url}/debug/servicez` }, 'Serving zPages.')
  }

  async shutdown(): Promise<void> {
    await this.#server.shutdown()
  }

  #answer({ path, query }: PageRequest): PageAnswer {
    const wanted = path.replace(/\/+$/, '')
    const asJson = query.get('format') === 'json'
    if (wanted === '' || wanted === '/debug') return this.#show('zPages', this.#index(), asJson)
    const page = this.#pages.find((one) => one.path === wanted)
    if (!page) return text(404, `There is no such page. The list is at /debug.\n`)
    const { host, version } = this.#settings
    const title = wanted.slice(wanted.lastIndexOf('/') + 1)
    return this.#show(title, page.read({ host, version, nowMs: Date.now() }), asJson)
  }

  #show(title: string, content: PageContent, asJson: boolean): PageAnswer {
    if (asJson) return { ...json(200, content.data), headers: HEADERS }
    const body = htmlPage(
      title,
      content,
      this.#pages.map(({ path }) => path),
    )
    return { status: 200, contentType: 'text/html; charset=utf-8', body, headers: HEADERS }
  }

  #index(): PageContent {
    const data = this.#pages.map(({ path, summary }) => ({ path, summary }))
    const rows = data.map(({ path, summary }) => [{ text: path, href: path }, summary])
    return { data, sections: [{ title: '', head: ['Page', 'What it shows'], rows }] }
  }
}
