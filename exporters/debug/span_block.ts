import type { Attributes } from '../../src/pdata/attributes.ts'
import type { SpanEvent, SpanGroup } from '../../src/pdata/traces.ts'
import { kindName } from './fields.ts'
import type { Paint } from './paint.ts'
import { durationText, printable } from './text.ts'
import { valueText } from './values.ts'

const STATUS_NAMES = ['unset', 'ok', 'error'] as const
const KEY_WIDTH = 16

/** Every field of span `i` of a group, with its resource and scope, as an indented block. */
export function spanBlock(group: SpanGroup, i: number, paint: Paint): string {
  const span = group.spans.at(i)
  const { code, message } = span.status
  return [
    paint('server', `Span ${printable(span.name)}`),
    field('trace id', span.traceId),
    field('span id', span.spanId),
    field('parent span id', span.parentSpanId),
    field('trace state', span.traceState),
    field('flags', String(span.flags)),
    field('kind', kindName(span.kind)),
    field('start', timeText(span.startNs)),
    field('end', timeText(span.endNs)),
    field('duration', durationText(group.spans.durationNs(i))),
    field('status', message ? `${STATUS_NAMES[code]}: ${message}` : STATUS_NAMES[code]),
    ...attributeLines('attributes', span.attributes),
    ...span.events.flatMap(eventLines),
    ...attributeLines('resource', group.resource.attributes),
    field('scope', `${group.scope.name} ${group.scope.version}`),
  ].join('\n')
}

function field(name: string, text: string): string {
  return `    ${name.padEnd(KEY_WIDTH)}${printable(text)}`.trimEnd()
}

function attributeLines(title: string, attributes: Attributes, indent = '    '): string[] {
  const entries = Object.entries(attributes)
  if (entries.length === 0) return []
  const lines = entries.map(([key, value]) => `${indent}    ${printable(key)}: ${valueText(value)}`)
  return [`${indent}${title}`, ...lines]
}

function eventLines(event: SpanEvent): string[] {
  const title = `event ${printable(event.name)} at ${timeText(event.timeNs)}`
  const lines = attributeLines(title, event.attributes)
  return lines.length > 0 ? lines : [`    ${title}`]
}

/** UTC with nanoseconds, `2026-01-02T14:03:22.123456789Z`. */
function timeText(ns: bigint): string {
  const ms = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, -1)
  return `${ms}${String(ns % 1_000_000n).padStart(6, '0')}Z`
}
