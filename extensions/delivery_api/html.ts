import { escaped } from '../../src/helpers/escaped_html.ts'
import type { Language } from '../../src/helpers/delivery/wording.ts'
import type { PageAnswer } from '../../src/helpers/page_server.ts'

const STYLE = `
:root{color-scheme:light dark;--line:#8885;--soft:#8882;--platform:#2f7de1;--user:#e0912f;--bad:#d33f49;--good:#2e9e5b}
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}
h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em}h3{font-size:1em;margin:1.2em 0 .3em}
a{color:inherit}table{border-collapse:collapse;width:100%;font-size:.92em}
th,td{border-bottom:1px solid var(--line);padding:.3em .6em;text-align:left;vertical-align:top}
td.n{text-align:right;white-space:nowrap}td.s{white-space:nowrap}
p.why{font-size:1.15em;border-left:.3em solid var(--line);padding:.2em .8em}
p.why.failed,p.why.failing{border-color:var(--bad)}p.why.slow{border-color:var(--user)}p.why.none{border-color:var(--good)}
.bars td{border:0;padding:.1em .6em}.bars td.bar{width:55%}
.track{position:relative;height:1.1em;background:var(--soft)}
.track i{position:absolute;top:0;bottom:0;min-width:2px}
.platform{background:var(--platform)}.user{background:var(--user)}.open{opacity:.55}
.key i{display:inline-block;width:1em;height:.8em;margin:0 .4em 0 1em}
.error{color:var(--bad)}small,.quiet{opacity:.75}form{margin:1em 0}input{width:9em}
`

/** Nothing but the page itself: whatever a name or a message smuggles in is not run. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  vary: 'Accept-Language',
}

/** A whole page. @param body HTML in which everything that comes from elsewhere is escaped */
export function htmlPage(title: string, body: string, language: Language): PageAnswer {
  const head =
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>` +
    `<style>${STYLE}</style></head>`
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: `${head}<body>${body}</body></html>\n`,
    headers: { ...HEADERS, 'content-language': language },
  }
}

/** A row of cells that are HTML already. */
export function row(cells: readonly string[], tag: 'td' | 'th' = 'td'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
}

/** A time of day, with its date for whoever points at it. */
export function timeHtml(ms: number): string {
  const iso = new Date(ms).toISOString()
  return `<time datetime="${iso}" title="${iso}">${iso.slice(11, 23)}</time>`
}

/** The page of a pod. */
export function podHref(namespace: string, name: string, uid?: string): string {
  const path = `/pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
  return escaped(uid === undefined ? path : `${path}?uid=${encodeURIComponent(uid)}`)
}
