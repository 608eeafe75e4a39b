import { SPAN_KIND, STATUS_CODE } from '../../src/pdata/traces.ts'
import type { SpanGroup, SpanKind, SpanList } from '../../src/pdata/traces.ts'
import { endsOf, httpMethod, kindName, processName, statusText, urlPath } from './fields.ts'
import type { Ink, Paint } from './paint.ts'
import { clockText, durationText, fitted, padLeft, padRight, widthOf } from './text.ts'

/** The widest a column gets; longer text is cut. An IPv6 address with its port takes up to 47. */
const MAX_WIDTH = { client: 47, server: 47, side: 11, process: 24, method: 10, status: 20 } as const
/** What was done is never shorter than this, however narrow the terminal. */
const MIN_DETAIL = 24
/** Nor wider, or the eye would lose the line. */
const MAX_DETAIL = 80
const DURATION_WIDTH = 7
const GAP = '  '

type Column = keyof typeof MAX_WIDTH

/** One line for each span, in columns that widen with what they have held so far. */
export class SpanLine {
  readonly #paint: Paint
  readonly #widths = { client: 9, server: 9, side: 6, process: 8, method: 4, status: 3 }

  constructor(paint: Paint) {
    this.#paint = paint
  }

  /** Span `i` of a group as a line of at most `columns` characters where that is wide enough. */
  render({ resource, spans }: SpanGroup, i: number, columns: number): string {
    const clock = clockText(spans.startMs(i))
    const ends = this.#ends(spans, i)
    const side = this.#column('side', kindName(spans.kind(i)))
    const process = this.#column('process', processName(resource))
    const status = this.#column('status', statusText(spans, i))
    const duration = padLeft(durationText(spans.durationNs(i)), DURATION_WIDTH)
    const others = [clock, ends, side, process, '', status, duration].join(GAP)
    const detail = this.#detail(spans, i, columns - widthOf(others))
    const paint = this.#paint
    return [
      paint('faint', clock),
      ends,
      paint(sideInk(spans.kind(i)), side),
      process,
      detail,
      paint(statusInk(spans, i), status),
      duration,
    ].join(GAP)
  }

  #ends(spans: SpanList, i: number): string {
    const { client, server } = endsOf(spans, i)
    const arrow = client || server ? '→' : ' '
    return `${this.#column('client', client)} ${arrow} ${this.#column('server', server)}`
  }

  #detail(spans: SpanList, i: number, room: number): string {
    const width = Math.min(MAX_DETAIL, Math.max(MIN_DETAIL, room))
    const method = httpMethod(spans, i)
    const path = urlPath(spans, i)
    if (!method || !path) return padRight(fitted(spans.name(i), width), width)
    const start = `${this.#column('method', method)} `
    return padRight(start + fitted(path, width - widthOf(start)), width)
  }

  #column(column: Column, text: string): string {
    const shown = fitted(text, MAX_WIDTH[column])
    const width = Math.max(this.#widths[column], widthOf(shown))
    this.#widths[column] = width
    return padRight(shown, width)
  }
}

function sideInk(kind: SpanKind): Ink {
  if (kind === SPAN_KIND.server || kind === SPAN_KIND.consumer) return 'server'
  return kind === SPAN_KIND.internal ? 'faint' : 'client'
}

function statusInk(spans: SpanList, i: number): Ink {
  if (spans.status(i) === STATUS_CODE.error) return 'bad'
  const status = Number(spans.attribute(i, 'http.response.status_code') ?? 0)
  if (status >= 500) return 'bad'
  return status >= 400 ? 'warning' : 'good'
}
