import { checkAttributes, checkContext, checkId, checkValue, Problems } from './otlp_checks.ts'
import type {
  LogRecord,
  LogsRequest,
  MetricsRequest,
  Resource,
  Scope,
  Span,
  SpanEvent,
  SpanLink,
  TracesRequest,
} from './otlp_types.ts'
import { checkMetric } from './otlp_metric_rules.ts'

/** Checks what the schema cannot say about spans. */
export function checkTraces(request: TracesRequest): void {
  const problems = new Problems()
  request.resourceSpans.forEach((group, g) => {
    const path = `resourceSpans[${g}]`
    checkResource(problems, group.resource, path)
    group.scopeSpans.forEach(({ scope, spans }, s) => {
      const here = `${path}.scopeSpans[${s}]`
      checkScope(problems, scope, here)
      spans.forEach((span, i) => checkSpan(problems, span, `${here}.spans[${i}]`))
    })
  })
  problems.settle()
}

/** Checks what the schema cannot say about metrics. */
export function checkMetrics(request: MetricsRequest): void {
  const problems = new Problems()
  request.resourceMetrics.forEach((group, g) => {
    const path = `resourceMetrics[${g}]`
    checkResource(problems, group.resource, path)
    group.scopeMetrics.forEach(({ scope, metrics }, s) => {
      const here = `${path}.scopeMetrics[${s}]`
      checkScope(problems, scope, here)
      metrics.forEach((metric, i) => checkMetric(problems, metric, `${here}.metrics[${i}]`))
    })
  })
  problems.settle()
}

/** Checks what the schema cannot say about logs. */
export function checkLogs(request: LogsRequest): void {
  const problems = new Problems()
  request.resourceLogs.forEach((group, g) => {
    const path = `resourceLogs[${g}]`
    checkResource(problems, group.resource, path)
    group.scopeLogs.forEach(({ scope, logRecords }, s) => {
      const here = `${path}.scopeLogs[${s}]`
      checkScope(problems, scope, here)
      logRecords.forEach((log, i) => checkLog(problems, log, `${here}.logRecords[${i}]`))
    })
  })
  problems.settle()
}

function checkResource(problems: Problems, resource: Resource | undefined, path: string): void {
  problems.expect(resource !== undefined, path, 'the resource is missing')
  if (!resource) return
  checkAttributes(problems, resource.attributes, `${path}.resource.attributes`)
  const keys = new Set(resource.attributes.map(({ key }) => key))
  resource.entityRefs.forEach((entity, i) => {
    const here = `${path}.resource.entityRefs[${i}]`
    problems.expect(entity.type !== '', `${here}.type`, 'empty')
    for (const key of [...entity.idKeys, ...entity.descriptionKeys]) {
      problems.expect(keys.has(key), here, `"${key}" is no attribute of the resource`)
    }
  })
}

function checkScope(problems: Problems, scope: Scope | undefined, path: string): void {
  if (scope) checkAttributes(problems, scope.attributes, `${path}.scope.attributes`)
}

function checkSpan(problems: Problems, span: Span, path: string): void {
  const { startTimeUnixNano: start, endTimeUnixNano: end } = span
  checkId(problems, span.traceId, 16, `${path}.traceId`)
  checkId(problems, span.spanId, 8, `${path}.spanId`)
  if (span.parentSpanId !== '') checkId(problems, span.parentSpanId, 8, `${path}.parentSpanId`)
  problems.expect(span.parentSpanId !== span.spanId, `${path}.parentSpanId`, 'is the span itself')
  problems.expect(span.name !== '', `${path}.name`, 'empty')
  problems.expect(span.kind !== 0, `${path}.kind`, 'unspecified')
  problems.expect(start > 0n, `${path}.startTimeUnixNano`, 'missing')
  problems.expect(end > 0n, `${path}.endTimeUnixNano`, 'missing')
  problems.expect(end >= start, `${path}.endTimeUnixNano`, `${end} is before the start ${start}`)
  checkSpanFlags(problems, span.flags, path)
  checkAttributes(problems, span.attributes, `${path}.attributes`)
  span.events.forEach((event, i) => checkEvent(problems, event, `${path}.events[${i}]`))
  span.links.forEach((link, i) => checkLink(problems, link, `${path}.links[${i}]`))
}

function checkSpanFlags(problems: Problems, flags: number, path: string): void {
  problems.expect(flags < 0x400, `${path}.flags`, `sets reserved bits (0x${flags.toString(16)})`)
}

function checkEvent(problems: Problems, event: SpanEvent, path: string): void {
  problems.expect(event.name !== '', `${path}.name`, 'empty')
  problems.expect(event.timeUnixNano > 0n, `${path}.timeUnixNano`, 'missing')
  checkAttributes(problems, event.attributes, `${path}.attributes`)
}

function checkLink(problems: Problems, link: SpanLink, path: string): void {
  checkId(problems, link.traceId, 16, `${path}.traceId`)
  checkId(problems, link.spanId, 8, `${path}.spanId`)
  checkSpanFlags(problems, link.flags, path)
  checkAttributes(problems, link.attributes, `${path}.attributes`)
}

function checkLog(problems: Problems, log: LogRecord, path: string): void {
  const hasTime = log.timeUnixNano > 0n || log.observedTimeUnixNano > 0n
  problems.expect(hasTime, path, 'has neither a time nor an observed time')
  problems.expect(log.flags < 0x100, `${path}.flags`, 'sets reserved bits')
  checkContext(problems, log, path)
  checkValue(problems, log.body, `${path}.body`)
  checkAttributes(problems, log.attributes, `${path}.attributes`)
}
