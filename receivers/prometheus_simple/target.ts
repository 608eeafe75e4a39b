import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { describeError } from '../../src/component/errors.ts'
import type { HttpClient } from '../../src/helpers/http_client.ts'
import type { HttpAnswer } from '../../src/helpers/http_request.ts'
import { shortText } from '../../src/helpers/http_retry_after.ts'
import type { Scraped } from '../../src/helpers/scraper.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import { Resource, type Scope } from '../../src/pdata/resource.ts'
import { readPage, type TextFormat } from './exposition.ts'
import { endMetrics, nsOf, pageMetrics, TARGET_INFO } from './page_metrics.ts'
import { Page } from './page.ts'
import { reportMetrics } from './report.ts'
import { SeriesMemory } from './series_memory.ts'

const unzip = promisify(gunzip)

/** The formats that are asked for, the better one first. */
const ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.7,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

/** One that is scraped. */
export interface TargetFacts {
  readonly url: URL
  readonly job: string
  readonly labels: Readonly<Record<string, string>>
}

/** What a target needs. Times are milliseconds. */
export interface TargetOptions {
  readonly client: HttpClient
  readonly scope: Scope
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly sampleLimit: number
  /** Fires when nobody waits for the scrape any more. */
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly wallMs: () => number
}

/** Asks one target, and remembers since when its series count. */
export class Target {
  readonly #facts: TargetFacts
  readonly #options: TargetOptions
  readonly #memory = new SeriesMemory()
  #resource: Resource
  #info = ''

  constructor(facts: TargetFacts, options: TargetOptions) {
    this.#facts = facts
    this.#options = options
    this.#resource = new Resource(identityOf(facts))
  }

  /** What it says, and how the scrape went; a failure is told as `up` being 0. */
  async scrape(): Promise<Scraped> {
    const { wallMs, signal } = this.#options
    const startMs = wallMs()
    const timeNs = nsOf(startMs)
    this.#memory.begin()
    this.#memory.added = 0
    try {
      const page = this.#read(await this.#ask())
      const { groups, left } = this.#metricsOf(page, timeNs)
      const failures = left > 0 ? [{ metrics: left, error: leftError(left) }] : []
      return { groups: [...groups, this.#report(timeNs, startMs, page)], failures }
    } catch (error) {
      if (signal.aborted) return { groups: [], failures: [] }
      const ends = endMetrics(this.#memory, this.#resource, timeNs)
      const failure = { metrics: 1, error: this.#named(error) }
      return { groups: [...ends, this.#report(timeNs, startMs)], failures: [failure] }
    }
  }

  #report(timeNs: bigint, startMs: number, page?: Page): MetricGroup {
    const { labels } = this.#facts
    const seconds = Math.max(0, this.#options.wallMs() - startMs) / 1_000
    const added = page ? this.#memory.added : 0
    const report = { up: page !== undefined, seconds, samples: page?.samples ?? 0, added }
    const metrics = reportMetrics(report, labels, timeNs)
    return { resource: this.#resource, scope: this.#options.scope, metrics }
  }

  async #ask(): Promise<HttpAnswer> {
    const { client, timeoutMs, maxBytes, signal } = this.#options
    const headers = {
      ...(await client.headers()),
      accept: ACCEPT,
      'accept-encoding': 'gzip',
      'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1_000),
    }
    const limits = { timeoutMs, maxAnswerBytes: maxBytes, tooLong: 'fail' } as const
    const { url } = this.#facts
    const answer = await client.send({ url, method: 'GET', headers, signal, ...limits })
    if (answer.status !== 200) throw new Error(statusText(answer))
    if (answer.headers['content-encoding'] !== 'gzip') return answer
    return { ...answer, body: await inflated(answer.body, maxBytes) }
  }

  #read({ body, headers }: HttpAnswer): Page {
    const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
    const format: TextFormat = type === 'application/openmetrics-text' ? 'openmetrics' : 'text'
    const page = new Page(this.#options.sampleLimit)
    readPage(body.toString('utf8'), format, page)
    return page
  }

  #metricsOf(page: Page, timeNs: bigint): ReturnType<typeof pageMetrics> {
    this.#takeInfo(page)
    const { labels } = this.#facts
    const facts = { labels, timeNs, scope: this.#options.scope }
    return pageMetrics(page, this.#resource, this.#memory, facts)
  }

  /** The labels of `target_info` are attributes of the resource; the same as long as they are. */
  #takeInfo(page: Page): void {
    const [point] = page.metrics.get(TARGET_INFO)?.points.values() ?? []
    const key = point?.key ?? ''
    if (key === this.#info) return
    this.#info = key
    const attributes: Record<string, string> = {}
    const labels = point?.labels ?? []
    for (let i = 0; i < labels.length; i += 2) {
      const name = labels[i] as string
      if (name !== 'job' && name !== 'instance') attributes[name] = labels[i + 1] as string
    }
    this.#resource = new Resource({ ...attributes, ...identityOf(this.#facts) })
  }

  #named(error: unknown): Error {
    return new Error(`${this.#facts.url.href}: ${describeError(error)}`)
  }
}

function leftError(left: number): Error {
  return new Error(`${left} data points have no form in OTLP, are not whole, or came twice`)
}

function statusText({ status, body }: HttpAnswer): string {
  const text = shortText(body)
  return text === '' ? `HTTP ${status}` : `HTTP ${status}: ${text}`
}

async function inflated(body: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unzip(body, { maxOutputLength: maxBytes })
  } catch (cause) {
    const { code } = cause as { code?: unknown }
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new Error(`answer of more than ${maxBytes} bytes`)
    throw new Error('read the gzip of the answer', { cause })
  }
}

/** What the Collector says of whom it scraped; an address of this machine names nobody. */
function identityOf({ url, job }: TargetFacts): Record<string, string> {
  const scheme = url.protocol.slice(0, -1)
  const port = url.port || (scheme === 'https' ? '443' : '80')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isOwn = /^(?:localhost|127(?:\.\d+){3}|::1|::|0\.0\.0\.0)$/.test(host)
  return {
    'service.name': job,
    ...(!isOwn && { 'server.address': host }),
    'service.instance.id': `${url.hostname}:${port}`,
    'server.port': port,
    'url.scheme': scheme,
  }
}
