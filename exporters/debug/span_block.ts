import type { Span, SpanEvent, SpanGroup, SpanLink } from '../../src/pdata/traces.ts'
import { attributeLines, field, timeText, titledLines } from './block.ts'
import { kindName } from './fields.ts'
import type { Paint } from './paint.ts'
import { durationText, printable } from './text.ts'

const STATUS_NAMES = ['unset', 'ok', 'error'] as const

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
    ...(span.links ?? []).flatMap(linkLines),
    ...droppedLines(span),
    ...attributeLines('resource', group.resource.attributes),
    field('scope', `${group.scope.name} ${group.scope.version}`),
  ].join('\n')
}

function linkLines({ traceId, spanId, attributes }: SpanLink): string[] {
  return titledLines(`link to trace ${printable(traceId)} span ${printable(spanId)}`, attributes)
}

/** What was left out before it came here. */
function droppedLines({ dropped }: Span): string[] {
  if (!dropped) return []
  const { attributes, events, links } = dropped
  return [field('dropped', `${attributes} attributes, ${events} events, ${links} links`)]
}

function eventLines(event: SpanEvent): string[] {
  const title = `event ${printable(event.name)} at ${timeText(event.timeNs)}`
  return titledLines(title, event.attributes)
}
