import { escaped } from '../../src/helpers/escaped_html.ts'
import type { Cell, PageContent, Section } from './page.ts'

const STYLE =
  'body{font:14px/1.4 system-ui,sans-serif;margin:1.5em;color:#222;background:#fff}' +
  'table{border-collapse:collapse;margin:.3em 0 1.5em}' +
  'th,td{border:1px solid #ccc;padding:.2em .6em;text-align:left;vertical-align:top}' +
  'th{background:#f0f0f0}td.n{text-align:right}' +
  'pre{background:#f6f6f6;border:1px solid #ccc;padding:.8em;overflow:auto}nav a{margin-right:1em}'

/** A whole page, with links to the others. Everything that comes from elsewhere is escaped. */
export function htmlPage(
  title: string,
  { sections }: PageContent,
  others: readonly string[],
): string {
  const links = others.map((path) => `<a href="${escaped(path)}">${escaped(nameOf(path))}</a>`)
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>` +
    `<style>${STYLE}</style></head><body><nav>${links.join('')}</nav><h1>${escaped(title)}</h1>` +
    `${sections.map(sectionHtml).join('')}</body></html>\n`
  )
}

function sectionHtml(section: Section): string {
  const title = section.title === '' ? '' : `<h2>${escaped(section.title)}</h2>`
  if ('text' in section) return `${title}<pre>${escaped(section.text)}</pre>`
  const head = section.head.map((cell) => `<th>${escaped(cell)}</th>`).join('')
  const rows = section.rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`).join('')
  return `${title}<table><tr>${head}</tr>${rows}</table>`
}

function cellHtml(cell: Cell): string {
  if (typeof cell === 'number') return `<td class="n">${cell.toLocaleString('en-US')}</td>`
  if (typeof cell === 'string') return `<td>${escaped(cell)}</td>`
  return `<td><a href="${escaped(cell.href)}">${escaped(cell.text)}</a></td>`
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
