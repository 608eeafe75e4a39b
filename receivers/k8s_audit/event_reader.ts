import { isUtf8 } from 'node:buffer'
import type { AttributeValue } from '../../src/pdata/attributes.ts'
import type { LogRecord } from '../../src/pdata/logs.ts'
import { EventScanner, noFacts, type EventFacts } from './event_scanner.ts'
import { levelEnd, OPEN_BRACE, skipSpace } from '../../src/helpers/json_bytes.ts'
import type { Selection } from './selection.ts'
import type { Malformed, Tally } from './tally.ts'
import { nanosOf } from './timestamp.ts'
import { unwrap, type Format } from './unwrap.ts'

/** So many wrappings may be in each other. */
const MAX_DEPTH = 4
/** What may stand before an event in a line that was printed with its time and stream. */
const PREFIX = /^\d{4}-\d\d-\d\d[T ]\S+(?: \S+){0,3}? (?=\{)/
const PREFIX_BYTES = 512
/** So many objects may follow each other without a line break. */
const MAX_PARTS = 10_000

/** Makes log records of audit events, each with the event as it was written. */
export class EventReader {
  readonly #selection: Selection
  readonly #scanner: EventScanner
  readonly #tally: Tally
  readonly #nowNs: () => bigint
  readonly #resources = new Map<string, Map<string, string>>()
  #observedNs = 0n

  /** @param nowNs the time of day */
  constructor(selection: Selection, tally: Tally, nowNs: () => bigint = dateNowNs) {
    this.#selection = selection
    this.#scanner = new EventScanner(selection)
    this.#tally = tally
    this.#nowNs = nowNs
  }

  /** Begins a batch: its records are seen at the same time. */
  begin(): void {
    this.#observedNs = this.#nowNs()
  }

  /** Adds what is wanted of a line to `into`; a wrapped line may have several events, or none. */
  read(line: Buffer, into: LogRecord[], format: Format = 'plain', depth = 0): void {
    const scanned = this.#scan(line)
    if (scanned === 'other') return this.#readOther(line, into, format, depth)
    this.#tally.event(format)
    if (scanned !== 'event') return this.#tally.unwanted(scanned)
    if (!isUtf8(line)) return this.#tally.malformed('not_utf8')
    if (line.includes(0)) return this.#tally.malformed('not_json')
    this.#add(line.toString(), this.#scanner.facts, into)
  }

  #scan(line: Buffer): ReturnType<EventScanner['scan']> {
    try {
      return this.#scanner.scan(line)
    } catch {
      return 'other'
    }
  }

  #readOther(line: Buffer, into: LogRecord[], format: Format, depth: number): void {
    const bytes = line.subarray(beginOf(line))
    if (bytes.length === 0) return
    if (depth > MAX_DEPTH) return this.#tally.malformed('too_deep')
    if (bytes.length < line.length) return this.read(bytes, into, format, depth + 1)
    const value = parsed(bytes)
    if (value === undefined) return this.#readParts(bytes, into, format, depth)
    if (isEvent(value)) return this.#readEvent(bytes, value, into, format)
    const found = unwrap(value)
    if (found.length === 0) this.#tally.malformed('not_an_audit_event')
    for (const one of found) this.read(Buffer.from(one.text), into, one.format, depth + 1)
  }

  /** Firehose writes objects into a file without anything between them. */
  #readParts(bytes: Buffer, into: LogRecord[], format: Format, depth: number): void {
    const first = bytes[0] === OPEN_BRACE ? levelEnd(bytes, 1, bytes.length) : -1
    const next = first < 0 ? -1 : skipSpace(bytes, first, bytes.length)
    if (bytes[next] !== OPEN_BRACE) return this.#tally.malformed(faultOf(bytes, first))
    for (let from = 0, parts = 0; from < bytes.length; parts++) {
      if (parts === MAX_PARTS) return this.#tally.malformed('not_json')
      const end = bytes[from] === OPEN_BRACE ? levelEnd(bytes, from + 1, bytes.length) : -1
      const to = end < 0 ? bytes.length : end
      this.read(bytes.subarray(from, to), into, format, depth + 1)
      from = skipSpace(bytes, to, bytes.length)
    }
  }

  /** An event in another order than the API server writes it. */
  #readEvent(bytes: Buffer, event: ParsedEvent, into: LogRecord[], format: Format): void {
    const facts = factsOf(event)
    if (!facts) return this.#tally.malformed('not_an_audit_event')
    this.#tally.event(format)
    const { level, stage, verb, resource, group, subresource } = facts
    const unwanted =
      this.#selection.ofRequest(level, stage, verb) ??
      (this.#selection.dropsDryRuns && String(event.requestURI).includes('dryRun=All')
        ? 'dry_run'
        : this.#selection.ofResource(resource, group, subresource))
    if (unwanted) return this.#tally.unwanted(unwanted)
    if (!isUtf8(bytes)) return this.#tally.malformed('not_utf8')
    this.#add(bytes.toString(), facts, into)
  }

  #add(body: string, facts: Readonly<EventFacts>, into: LogRecord[]): void {
    const observedNs = this.#observedNs
    this.#tally.lag(Number(observedNs - facts.timeNs) / 1e9)
    into.push({
      timeNs: facts.timeNs,
      observedNs,
      severity: 0,
      severityText: '',
      body,
      attributes: this.#attributesOf(facts),
      flags: 0,
      traceId: '',
      spanId: '',
      eventName: 'k8s.audit',
    })
  }

  #attributesOf(facts: Readonly<EventFacts>): Record<string, AttributeValue> {
    const attributes: Record<string, AttributeValue> = {
      'k8s.audit.id': facts.auditId,
      'k8s.audit.level': facts.level,
      'k8s.audit.stage': facts.stage,
      'k8s.audit.verb': facts.verb,
    }
    if (facts.resource) attributes['k8s.audit.resource'] = this.#resourceOf(facts)
    if (facts.namespace) attributes['k8s.namespace.name'] = facts.namespace
    if (facts.name) attributes['k8s.audit.name'] = facts.name
    if (facts.code > 0) attributes['http.response.status_code'] = facts.code
    if (facts.userAgent) attributes['user_agent.original'] = facts.userAgent
    return attributes
  }

  /** Joined once: these are few. */
  #resourceOf({ resource, subresource }: Readonly<EventFacts>): string {
    if (!subresource) return resource
    const known = this.#resources.get(resource)?.get(subresource)
    if (known !== undefined) return known
    const joined = `${resource}/${subresource}`
    if (this.#resources.size >= 256) this.#resources.clear()
    const inner = this.#resources.get(resource) ?? new Map<string, string>()
    if (inner.size < 256) this.#resources.set(resource, inner.set(subresource, joined))
    return joined
  }
}

/** The time of day, as finely as it is known without asking the kernel twice. */
function dateNowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}

interface ParsedEvent {
  readonly requestURI?: unknown
  readonly [key: string]: unknown
}

/** Where JSON begins: behind the zeros of a file that was cut under its writer, a mark, or a time. */
function beginOf(line: Buffer): number {
  let at = 0
  while (line[at] === 0) at++
  if (line[at] === 0xef && line[at + 1] === 0xbb && line[at + 2] === 0xbf) at += 3
  at = skipSpace(line, at, line.length)
  const first = line[at] as number
  if (first < 0x30 || first > 0x39) return at
  const head = line.toString('latin1', at, at + PREFIX_BYTES)
  return at + (PREFIX.exec(head)?.[0].length ?? 0)
}

function parsed(bytes: Buffer): unknown {
  if (bytes[0] !== OPEN_BRACE && bytes[0] !== 0x5b) return undefined
  try {
    return JSON.parse(bytes.toString()) as unknown
  } catch {
    return undefined
  }
}

/** @param first where the first object ends; -1 where it does not */
function faultOf(bytes: Buffer, first: number): Malformed {
  if (bytes[0] !== OPEN_BRACE) return 'not_json'
  return first < 0 ? 'truncated' : 'not_json'
}

function isEvent(value: unknown): value is ParsedEvent {
  if (typeof value !== 'object' || value === null) return false
  const { kind = 'Event', apiVersion = 'audit.k8s.io/', ...event } = value as ParsedEvent
  if (kind !== 'Event' || !String(apiVersion).startsWith('audit.k8s.io/')) return false
  return 'auditID' in event && 'stage' in event
}

/** Undefined where it has no time, or what stands in it is of another type. */
function factsOf(event: ParsedEvent): EventFacts | undefined {
  const ref = objectOf(event['objectRef'])
  const time = event['stageTimestamp'] ?? event['requestReceivedTimestamp']
  const timeNs = nanosOf(textOf(time))
  if (timeNs === undefined || !event['verb'] || !event['level']) return undefined
  return {
    ...noFacts(),
    auditId: textOf(event['auditID']),
    level: textOf(event['level']),
    stage: textOf(event['stage']),
    verb: textOf(event['verb']),
    userAgent: textOf(event['userAgent']),
    resource: textOf(ref['resource']),
    group: textOf(ref['apiGroup']),
    subresource: textOf(ref['subresource']),
    namespace: textOf(ref['namespace']),
    name: textOf(ref['name']),
    code: Number(objectOf(event['responseStatus'])['code']) || 0,
    timeNs,
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
