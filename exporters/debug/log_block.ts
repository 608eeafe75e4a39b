import type { LogGroup } from '../../src/pdata/logs.ts'
import { attributeLines, field, timeText } from './block.ts'
import { levelName } from './log_line.ts'
import type { Paint } from './paint.ts'
import { printable } from './text.ts'
import { valueText } from './values.ts'

/** Every field of record `i` of a group, with its resource and scope, as an indented block. */
export function logBlock({ resource, scope, logs }: LogGroup, i: number, paint: Paint): string {
  const record = logs.at(i)
  const { severity, severityText, timeNs, observedNs } = record
  return [
    paint('server', `Log record ${printable(record.eventName)}`.trimEnd()),
    field('time', timeNs === 0n ? '' : timeText(timeNs)),
    field('observed', observedNs === 0n ? '' : timeText(observedNs)),
    field('severity', severity === 0 ? '' : `${severity} ${levelName(severity) ?? ''}`.trimEnd()),
    field('severity text', severityText),
    `    body            ${valueText(record.body)}`,
    field('trace id', record.traceId),
    field('span id', record.spanId),
    field('flags', String(record.flags)),
    ...attributeLines('attributes', record.attributes),
    ...attributeLines('resource', resource.attributes),
    field('scope', `${scope.name} ${scope.version}`),
  ].join('\n')
}
