import { OttlError } from './errors.ts'
import { define, type Functions, type OttlFunction } from './function.ts'
import { any, optional, span, string, time, word } from './params.ts'
import { formatTime, parseTime } from './time_format.ts'
import { Duration, floatOf, Instant, intOf, isInt, typeOf, type Value } from './values.ts'

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const PART = /(\d+)(?:\.(\d+))?(ns|us|µs|μs|ms|s|m|h)/y
const MAX_NS = 2n ** 63n - 1n

/** A duration as Go writes it: `1h30m`, `-1.5s`. Throws OttlError. */
export function parseGoDuration(text: string): Duration {
  const sign = text.startsWith('-') ? -1n : 1n
  let at = /^[-+]/.test(text) ? 1 : 0
  if (text.slice(at) === '0') return new Duration(0n)
  if (at === text.length) throw noDuration(text)
  let ns = 0n
  while (at < text.length) {
    PART.lastIndex = at
    const found = PART.exec(text)
    if (!found) throw noDuration(text)
    const unit = UNITS[found[3] as string] as bigint
    const fraction = (found[2] ?? '').slice(0, 18)
    ns +=
      BigInt(found[1] as string) * unit +
      (BigInt(fraction || 0) * unit) / 10n ** BigInt(fraction.length)
    if (ns > MAX_NS) throw noDuration(text)
    at = PART.lastIndex
  }
  return new Duration(sign * ns)
}

function noDuration(text: string): OttlError {
  return new OttlError(`${JSON.stringify(text.slice(0, 40))} is no duration such as "1h30m"`)
}

function part(of: (date: Date, ns: bigint) => number): OttlFunction {
  return define('int', [time('value')], (value) => (env) => {
    const { ns } = value(env)
    const date = new Date(Number(floor(ns, 1_000_000n)))
    if (Number.isNaN(date.getTime())) throw new OttlError('the time is out of bounds')
    return of(date, ns)
  })
}

function floor(value: bigint, by: bigint): bigint {
  const rest = value % by
  return (value - rest) / by - (rest < 0n ? 1n : 0n)
}

function inUnits(ns: bigint): OttlFunction {
  return define('int', [span('value')], (value) => (env) => intOf(value(env).ns / ns))
}

function inFractions(ns: number): OttlFunction {
  return define('float', [span('value')], (value) => (env) => floatOf(Number(value(env).ns) / ns))
}

function sinceEpoch(ns: bigint): OttlFunction {
  return define('int', [time('value')], (value) => (env) => intOf(floor(value(env).ns, ns)))
}

function integer(value: Value): bigint {
  if (isInt(value)) return BigInt(value)
  throw new OttlError(`expected an int, received ${typeOf(value)}`)
}

/** The functions of time; `Now` asks `clock`, which gives milliseconds since 1970. */
export function timeConverters(clock: () => number): Functions {
  return {
    Now: define('time', [], () => () => new Instant(BigInt(Math.round(clock() * 1e3)) * 1_000n)),
    Duration: define(
      'duration',
      [string('duration')],
      (text) => (env) => parseGoDuration(text(env)),
    ),
    Time: define(
      'time',
      [string('target'), word('format'), optional(word('location'))],
      (target, format, zone) => (env) => parseTime(target(env), format, zone),
    ),
    FormatTime: define(
      'string',
      [time('time'), word('format')],
      (value, format) => (env) => formatTime(value(env), format),
    ),
    TruncateTime: define('time', [time('time'), span('duration')], (value, by) => (env) => {
      const [{ ns }, { ns: step }] = [value(env), by(env)]
      return step <= 0n ? new Instant(ns) : new Instant(floor(ns, step) * step)
    }),
    Unix: define(
      'time',
      [any('seconds'), optional(any('nanoseconds'))],
      (seconds, nanoseconds) => (env) =>
        new Instant(
          integer(seconds(env)) * 1_000_000_000n + (nanoseconds ? integer(nanoseconds(env)) : 0n),
        ),
    ),
    UnixNano: sinceEpoch(1n),
    UnixMicro: sinceEpoch(1_000n),
    UnixMilli: sinceEpoch(1_000_000n),
    UnixSeconds: sinceEpoch(1_000_000_000n),
    Nanoseconds: inUnits(1n),
    Microseconds: inUnits(1_000n),
    Milliseconds: inUnits(1_000_000n),
    Seconds: inFractions(1e9),
    Minutes: inFractions(6e10),
    Hours: inFractions(3.6e12),
    Year: part((date) => date.getUTCFullYear()),
    Month: part((date) => date.getUTCMonth() + 1),
    Day: part((date) => date.getUTCDate()),
    Weekday: part((date) => date.getUTCDay()),
    Hour: part((date) => date.getUTCHours()),
    Minute: part((date) => date.getUTCMinutes()),
    Second: part((date) => date.getUTCSeconds()),
    Nanosecond: part((_, ns) => Number(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)),
  }
}
