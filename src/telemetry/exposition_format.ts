/** The formats of a page for Prometheus. */
export type Format = 'text' | 'openmetrics'

/** The media types of the formats. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

interface Accepted {
  /** Lower case, without parameters. */
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  /** 0 to 1: how much it is liked. */
  readonly q: number
}

/** The format that a client likes best (RFC 9110, Accept); text where it names none that we have. */
export function formatFor(accept: string, openMetrics: boolean): Format {
  if (!openMetrics) return 'text'
  const best = parsed(accept).find(({ value, parameters }) => formatOf(value, parameters))
  return (best && formatOf(best.value, best.parameters)) ?? 'text'
}

function formatOf(value: string, parameters: ReadonlyMap<string, string>): Format | undefined {
  const version = parameters.get('version') ?? ''
  if (value === 'application/openmetrics-text') {
    return version === '' || version === '1.0.0' ? 'openmetrics' : undefined
  }
  if (value === 'text/plain') return version === '' || version === '0.0.4' ? 'text' : undefined
  return undefined
}

/** Whether a client takes the text format at all. */
export function takesText(accept: string): boolean {
  const wanted = parsed(accept)
  return accept === '' || wanted.some(({ value }) => /^(?:text\/(?:plain|\*)|\*\/\*)$/.test(value))
}

/** Whether a client takes gzip (RFC 9110, Accept-Encoding). */
export function takesGzip(acceptEncoding: string): boolean {
  const all = acceptEncoding.split(',').map(entry)
  const gzip = all.find(({ value }) => value === 'gzip') ?? all.find(({ value }) => value === '*')
  return gzip !== undefined && gzip.q > 0
}

/** The entries of a header that are taken at all, the best liked first. */
function parsed(header: string): Accepted[] {
  return header
    .split(',')
    .map(entry)
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
}

function entry(text: string): Accepted {
  const [value = '', ...rest] = text.split(';').map((part) => part.trim())
  const parameters = new Map(rest.map(parameter))
  const q = Number(parameters.get('q') ?? 1)
  return { value: value.toLowerCase(), parameters, q: Number.isNaN(q) ? 0 : q }
}

function parameter(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=')
  return [name.trim().toLowerCase(), value.trim()]
}
