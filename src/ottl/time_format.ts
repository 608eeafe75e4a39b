import { OttlError } from './errors.ts'
import { Instant } from './values.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** A time of day in UTC, ready to be written. */
interface Parts {
  readonly date: Date
  /** Nanoseconds of the second. */
  readonly ns: bigint
}

const pad = (value: number | bigint, length: number): string => String(value).padStart(length, '0')
const hour12 = ({ date }: Parts): number => date.getUTCHours() % 12 || 12

/** What the letters behind a percent sign write. */
const WRITE: Readonly<Record<string, (parts: Parts) => string>> = {
  Y: ({ date }) => pad(date.getUTCFullYear(), 4),
  y: ({ date }) => pad(date.getUTCFullYear() % 100, 2),
  m: ({ date }) => pad(date.getUTCMonth() + 1, 2),
  q: ({ date }) => String(date.getUTCMonth() + 1),
  b: ({ date }) => (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
  h: ({ date }) => (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
  B: ({ date }) => MONTHS[date.getUTCMonth()] as string,
  d: ({ date }) => pad(date.getUTCDate(), 2),
  e: ({ date }) => String(date.getUTCDate()).padStart(2),
  g: ({ date }) => String(date.getUTCDate()),
  a: ({ date }) => (DAYS[date.getUTCDay()] as string).slice(0, 3),
  A: ({ date }) => DAYS[date.getUTCDay()] as string,
  H: ({ date }) => pad(date.getUTCHours(), 2),
  I: (parts) => pad(hour12(parts), 2),
  l: (parts) => String(hour12(parts)),
  p: ({ date }) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: ({ date }) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  M: ({ date }) => pad(date.getUTCMinutes(), 2),
  S: ({ date }) => pad(date.getUTCSeconds(), 2),
  L: ({ ns }) => pad(ns / 1_000_000n, 3),
  f: ({ ns }) => pad(ns / 1_000n, 6),
  s: ({ ns }) => pad(ns, 9),
  z: () => '+0000',
  Z: () => 'UTC',
  i: () => '+00',
  j: () => '+00:00',
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
}

/** Letters that stand for several others. */
const SHORT: Readonly<Record<string, string>> = {
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  c: '%a %b %d %H:%M:%S %Y',
}

function expanded(format: string): string {
  return format.replaceAll(/%([\s\S])/g, (whole, letter: string) => SHORT[letter] ?? whole)
}

/** A time in UTC by a format such as `%Y-%m-%d %H:%M:%S`. Throws OttlError. */
export function formatTime({ ns }: Instant, format: string): string {
  const rest = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const date = new Date(Number((ns - rest) / 1_000_000n))
  if (Number.isNaN(date.getTime())) throw new OttlError('the time is out of bounds')
  return expanded(format).replaceAll(/%([\s\S])/g, (_, letter: string) => {
    const write = Object.hasOwn(WRITE, letter) ? WRITE[letter] : undefined
    if (!write) throw new OttlError(`%${letter} is no part of a time`)
    return write({ date, ns: rest })
  })
}

/** What has been read of a time. */
interface Draft {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  ns: bigint
  pm: boolean | undefined
  /** Minutes east of UTC. */
  zone: number | undefined
}

type Take = (draft: Draft, text: string) => void

const fraction: Take = (draft, text) => void (draft.ns = BigInt(text.padEnd(9, '0').slice(0, 9)))
const month: Take = (draft, text) => {
  draft.month =
    MONTHS.findIndex((name) => name.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase()) +
    1
}
const zone: Take = (draft, text) => {
  if (text === 'Z' || text === 'UTC' || text === 'GMT') return void (draft.zone = 0)
  const digits = text.replace(':', '')
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5) || 0)
  draft.zone = text.startsWith('-') ? -minutes : minutes
}

/** How each letter is read: an expression, and what is done with what it finds. */
const READ: Readonly<Record<string, readonly [pattern: string, take: Take]>> = {
  Y: ['\\d{4}', (draft, text) => void (draft.year = Number(text))],
  y: [
    '\\d{2}',
    (draft, text) => void (draft.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)),
  ],
  m: ['\\d{2}', (draft, text) => void (draft.month = Number(text))],
  q: ['\\d{1,2}', (draft, text) => void (draft.month = Number(text))],
  b: ['[A-Za-z]{3}', month],
  h: ['[A-Za-z]{3}', month],
  B: ['[A-Za-z]{3,9}', month],
  d: ['\\d{2}', (draft, text) => void (draft.day = Number(text))],
  e: [' ?\\d{1,2}', (draft, text) => void (draft.day = Number(text))],
  g: ['\\d{1,2}', (draft, text) => void (draft.day = Number(text))],
  a: ['[A-Za-z]{3}', () => {}],
  A: ['[A-Za-z]{6,9}', () => {}],
  H: ['\\d{2}', (draft, text) => void (draft.hour = Number(text))],
  I: ['\\d{2}', (draft, text) => void (draft.hour = Number(text))],
  l: ['\\d{1,2}', (draft, text) => void (draft.hour = Number(text))],
  p: ['[AP]M', (draft, text) => void (draft.pm = text === 'PM')],
  P: ['[ap]m', (draft, text) => void (draft.pm = text === 'pm')],
  M: ['\\d{2}', (draft, text) => void (draft.minute = Number(text))],
  S: ['\\d{2}', (draft, text) => void (draft.second = Number(text))],
  L: ['\\d{1,3}', fraction],
  f: ['\\d{1,6}', fraction],
  s: ['\\d{1,9}', fraction],
  z: ['(?:Z|[-+]\\d{4})', zone],
  Z: ['(?:UTC|GMT)', zone],
  i: ['[-+]\\d{2}', zone],
  j: ['(?:Z|[-+]\\d{2}:\\d{2})', zone],
  n: ['\\n', () => {}],
  t: ['\\t', () => {}],
  '%': ['%', () => {}],
}

interface Reader {
  readonly pattern: RegExp
  readonly takes: readonly Take[]
}

const readers = new Map<string, Reader>()

/** Formats are literals of statements: there are few. */
function readerOf(format: string): Reader {
  const known = readers.get(format)
  if (known) return known
  const takes: Take[] = []
  let pattern = ''
  const whole = expanded(format)
  for (let i = 0; i < whole.length; i++) {
    const char = whole[i] as string
    if (char !== '%') {
      pattern += char.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
      continue
    }
    const letter = whole[++i] ?? ''
    const read = Object.hasOwn(READ, letter) ? READ[letter] : undefined
    if (!read) throw new OttlError(`%${letter} is no part of a time`)
    pattern += `(${read[0]})`
    takes.push(read[1])
  }
  const made = { pattern: new RegExp(`^${pattern}$`), takes }
  readers.set(format, made)
  return made
}

/** The time in a text by a format. Without a zone it is that of `location`, UTC unless given. Throws OttlError. */
export function parseTime(text: string, format: string, location = 'UTC'): Instant {
  const { pattern, takes } = readerOf(format)
  const found = pattern.exec(text)
  if (!found)
    throw new OttlError(
      `${JSON.stringify(text.slice(0, 60))} is no time by ${JSON.stringify(format)}`,
    )
  const draft: Draft = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    ns: 0n,
    pm: undefined,
    zone: undefined,
  }
  takes.forEach((take, i) => take(draft, found[i + 1] as string))
  if (draft.pm !== undefined) draft.hour = (draft.hour % 12) + (draft.pm ? 12 : 0)
  const { year, month: number, day, hour, minute, second, zone: minutes } = draft
  const utc = Date.UTC(year, number - 1, day, hour, minute, second)
  const isReal =
    number >= 1 && number <= 12 && new Date(Date.UTC(year, number - 1, day)).getUTCDate() === day
  if (!isReal || hour > 24 || minute > 59 || second > 60) {
    throw new OttlError(`${JSON.stringify(text.slice(0, 60))} is no time there is`)
  }
  const offset = minutes ?? offsetOf(location, utc)
  return new Instant(BigInt(utc - offset * 60_000) * 1_000_000n + draft.ns)
}

const zones = new Map<string, Intl.DateTimeFormat>()

/** Minutes that a zone is east of UTC when its clocks show a time. */
function offsetOf(location: string, local: number): number {
  if (location === 'UTC') return 0
  const guess = zoneMinutes(location, local)
  return zoneMinutes(location, local - guess * 60_000)
}

function zoneMinutes(location: string, at: number): number {
  const text = zoneFormat(location)
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value
  const [, sign, hours, minutes = '0'] = /GMT([-+])(\d{1,2})(?::(\d{2}))?/.exec(text ?? '') ?? []
  if (hours === undefined) return 0
  const offset = Number(hours) * 60 + Number(minutes)
  return sign === '-' ? -offset : offset
}

function zoneFormat(location: string): Intl.DateTimeFormat {
  const known = zones.get(location)
  if (known) return known
  try {
    const made = new Intl.DateTimeFormat('en', { timeZone: location, timeZoneName: 'longOffset' })
    zones.set(location, made)
    return made
  } catch {
    throw new OttlError(`${JSON.stringify(location)} is no time zone`)
  }
}
