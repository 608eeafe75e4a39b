import type { Resource } from '../../src/pdata/resource.ts'
import { STATUS_CODE } from '../../src/pdata/traces.ts'
import type { SpanGroup, SpanKind, Traces } from '../../src/pdata/traces.ts'
import { serviceName } from './fields.ts'
import { Histogram } from './histogram.ts'

/** Services that are counted apart in one interval; those that come after them count as `other`. */
const MAX_COUNTED = 256
/** Services that are shown apart; the rest is shown as `other`. */
const MAX_SHOWN = 30
const OTHER = 'other'

/** What one service did on one side. */
export class SummaryRow {
  readonly service: string
  readonly kind: SpanKind
  requests = 0
  /** Spans whose status is error. */
  errors = 0
  /** In nanoseconds. */
  readonly durations = new Histogram()

  constructor(service: string, kind: SpanKind) {
    this.service = service
    this.kind = kind
  }

  /** Adds all that `other` has counted. */
  merge(other: SummaryRow): void {
    this.requests += other.requests
    this.errors += other.errors
    this.durations.merge(other.durations)
  }
}

/** The rows of one service. */
class Service {
  readonly name: string
  readonly #rows: (SummaryRow | undefined)[] = []

  constructor(name: string) {
    this.name = name
  }

  row(kind: SpanKind): SummaryRow {
    return (this.#rows[kind] ??= new SummaryRow(this.name, kind))
  }

  rows(): SummaryRow[] {
    return this.#rows.filter((row) => row !== undefined)
  }

  get requests(): number {
    return this.rows().reduce((sum, row) => sum + row.requests, 0)
  }
}

/** Counts spans by service and side, in memory that does not grow with their number. */
export class Summary {
  #services = new Map<string, Service>()
  #known = new WeakMap<Resource, Service>()

  /** Counts the spans of a batch. */
  add(batch: Traces): void {
    for (const group of batch.groups) this.#addGroup(group)
  }

  #addGroup({ resource, spans }: SpanGroup): void {
    if (spans.length === 0) return
    const service = this.#serviceOf(resource)
    for (let i = 0; i < spans.length; i++) {
      const row = service.row(spans.kind(i))
      row.requests++
      if (spans.status(i) === STATUS_CODE.error) row.errors++
      row.durations.add(spans.durationNs(i))
    }
  }

  /** The rows since the last call: most requests first, `other` last. */
  take(): SummaryRow[] {
    const services = [...this.#services.values()]
    this.#services = new Map()
    this.#known = new WeakMap()
    return shownRows(services)
  }

  #serviceOf(resource: Resource): Service {
    const known = this.#known.get(resource)
    if (known) return known
    const service = this.#serviceNamed(serviceName(resource))
    this.#known.set(resource, service)
    return service
  }

  #serviceNamed(name: string): Service {
    const known = this.#services.get(name)
    if (known) return known
    if (name !== OTHER && this.#services.size >= MAX_COUNTED) return this.#serviceNamed(OTHER)
    const service = new Service(name)
    this.#services.set(name, service)
    return service
  }
}

function shownRows(services: readonly Service[]): SummaryRow[] {
  const named = services.filter(({ name }) => name !== OTHER)
  named.sort((a, b) => b.requests - a.requests)
  const rest = services.filter(({ name }) => name === OTHER).concat(named.slice(MAX_SHOWN))
  return [...sorted(named.slice(0, MAX_SHOWN)), ...sorted([together(rest)])]
}

function together(services: readonly Service[]): Service {
  const other = new Service(OTHER)
  for (const service of services) {
    for (const row of service.rows()) other.row(row.kind).merge(row)
  }
  return other
}

function sorted(services: readonly Service[]): SummaryRow[] {
  return services.flatMap((service) => service.rows()).sort((a, b) => b.requests - a.requests)
}
