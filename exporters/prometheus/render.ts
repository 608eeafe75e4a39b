import type { Format } from '../../src/telemetry/exposition_format.ts'
import {
  boundText,
  escapeHelp,
  escapeValue,
  numberText,
  openMetricsBoundText,
} from '../../src/telemetry/exposition_text.ts'
import { asExplicit, type Distribution } from './distribution.ts'
import { exemplarText, latestExemplar, secondsText } from './exemplars.ts'
import type { Family, HistogramFamily, NumberFamily } from './family.ts'
import type { Series } from './series.ts'
import type { Store } from './store.ts'

/** How a page is written. */
export interface PageOptions {
  readonly format: Format
  /** Whether each sample has the time when it was taken. */
  readonly timestamps: boolean
  /** The name of `target_info` without `_info`; the namespace stands in front of it too. */
  readonly targetName: string
}

/** About so many characters are made at once: a fraction of a millisecond's work. */
const CHUNK = 64 * 1024

/** All that the store has, in pieces; whatever comes meanwhile may be in it or not. */
export function* renderPage(store: Store, options: PageOptions): Generator<string> {
  let text = targetInfo(store.targets(), options)
  for (const family of store.families()) {
    text += header(family, options)
    for (const lines of samples(family, options)) {
      text += lines
      if (text.length < CHUNK) continue
      yield text
      text = ''
    }
  }
  yield options.format === 'text' ? text : `${text}# EOF\n`
}

function samples(family: Family, options: PageOptions): Iterable<string> {
  if (family.type === 'histogram') return histogramSamples(family, options)
  return numberSamples(family, options)
}

function* numberSamples(family: NumberFamily, options: PageOptions): Generator<string> {
  const { name, type, series } = family
  const withExemplar = options.format === 'openmetrics' && type === 'counter'
  for (const one of series.values()) {
    const labels = one.labels && `{${one.labels}}`
    const exemplar = withExemplar ? exemplarText(latestExemplar(one.exemplars)) : ''
    yield `${name}${labels} ${numberText(one.value)}${timeText(one, options)}${exemplar}\n`
  }
}

function* histogramSamples(family: HistogramFamily, options: PageOptions): Generator<string> {
  const { name, series } = family
  for (const one of series.values()) yield histogramText(name, one, options)
}

/** The lines of one histogram: they are made at once, so that they belong together. */
function histogramText(name: string, series: Series<Distribution>, options: PageOptions): string {
  const { labels, exemplars } = series
  const { bounds, counts, count, sum } = asExplicit(series.value)
  const time = timeText(series, options)
  const exemplarsOf = options.format === 'openmetrics' ? exemplars : []
  const start = `${name}_bucket{${labels && `${labels},`}le="`
  const texts = boundTexts(bounds, options.format)
  let text = ''
  let below = 0
  for (const [i, bound] of texts.entries()) {
    below = i < bounds.length ? below + (counts[i] ?? 0) : count
    const exemplar =
      exemplarsOf.length > 0 ? latestExemplar(exemplarsOf, bounds[i - 1], bounds[i]) : undefined
    text += `${start}${bound}"} ${below}${time}${exemplarText(exemplar)}\n`
  }
  const all = labels && `{${labels}}`
  return `${text}${name}_sum${all} ${numberText(sum)}${time}\n${name}_count${all} ${count}${time}\n`
}

const knownTexts: Record<Format, WeakMap<readonly number[], readonly string[]>> = {
  text: new WeakMap(),
  openmetrics: new WeakMap(),
}

/** The values of `le`, that of the last bucket among them. */
function boundTexts(bounds: readonly number[], format: Format): readonly string[] {
  const known = knownTexts[format].get(bounds)
  if (known) return known
  const texts = [...bounds.map(format === 'text' ? boundText : openMetricsBoundText), '+Inf']
  knownTexts[format].set(bounds, texts)
  return texts
}

function timeText(
  { timeNs }: { readonly timeNs: bigint },
  { timestamps, format }: PageOptions,
): string {
  if (!timestamps || timeNs === 0n) return ''
  return format === 'text' ? ` ${timeNs / 1_000_000n}` : ` ${secondsText(timeNs)}`
}

function header(family: Family, { format }: PageOptions): string {
  const { help, unit } = family
  if (format === 'text') return headerLines(family.name, family.type, escapeHelp(help))
  // A counter's family is called as its samples are without the suffix that all of them have.
  const isCounter = family.type === 'counter'
  const name = isCounter ? family.name.replace(/_total$/, '') : family.name
  const type = isCounter && name === family.name ? 'unknown' : family.type
  return headerLines(name, type, escapeValue(help), unit)
}

function headerLines(name: string, type: string, help: string, unit = ''): string {
  const helpLine = help && `# HELP ${name} ${help}\n`
  return `${helpLine}# TYPE ${name} ${type}\n${unit && `# UNIT ${name} ${unit}\n`}`
}

function targetInfo(targets: readonly string[], { format, targetName: name }: PageOptions): string {
  if (targets.length === 0) return ''
  const head =
    format === 'text'
      ? headerLines(`${name}_info`, 'gauge', 'Target metadata')
      : headerLines(name, 'info', 'Target metadata')
  return head + targets.map((labels) => `${name}_info{${labels}} 1\n`).join('')
}
