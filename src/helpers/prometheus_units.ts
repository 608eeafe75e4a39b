/** UCUM's units as Prometheus calls them (OpenTelemetry specification, Prometheus compatibility). */
const UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tebibytes'],
  ['kBy', 'kilobytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
])

/** What stands behind the `/` of a rate. */
const RATES: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
])

/** A unit in words: what is measured, `bytes`, and for a rate the time, `per_second`; empty for none. */
export interface UnitWords {
  readonly main: string
  readonly per: string
}

/** A UCUM unit in words. Annotations such as `{request}` are no unit. */
export function unitWords(unit: string): UnitWords {
  const slash = unit.indexOf('/')
  const [main, per] = slash < 0 ? [unit, ''] : [unit.slice(0, slash), unit.slice(slash + 1)]
  const rate = word(per, RATES)
  return { main: word(main, UNITS), per: rate && `per_${rate}` }
}

function word(text: string, words: ReadonlyMap<string, string>): string {
  const unit = text.trim()
  if (/[{}]/.test(unit)) return ''
  return (words.get(unit) ?? unit)
    .split(/[^a-zA-Z0-9:]+/)
    .filter(Boolean)
    .join('_')
}

const UCUM: ReadonlyMap<string, string> = new Map(
  [...UNITS].toReversed().map(([unit, words]) => [words, unit]),
)

/** A unit in words, `seconds`, as UCUM has it, `s`; the words themselves where it has none. */
export function ucumOf(words: string): string {
  if (words === '' || words === 'ratio') return words && '1'
  const [main = '', per] = words.split('_per_')
  const ucum = UCUM.get(main) ?? main
  if (per === undefined) return ucum
  const rate = [...RATES].find(([, word]) => word === per)?.[0] ?? per
  return `${ucum}/${rate}`
}
