import { isDeepStrictEqual } from 'node:util'
import type { Attributes, AttributeValue } from '../pdata/attributes.ts'
import type { Kind } from '../pdata/batch.ts'
import type { LogGroup } from '../pdata/logs.ts'
import type { Metric, MetricGroup } from '../pdata/metrics.ts'
import type { Resource, Scope } from '../pdata/resource.ts'
import { SPAN_KIND, type SpanGroup } from '../pdata/traces.ts'
import { faultFor, type ItemMatchConfig } from './item_match_config.ts'
import { linearRegExp, matchesAny } from './linear_regexp.ts'

/** Which items of a group are meant: all, none, or those for which it says true. */
export type Chosen<K = number> = boolean | ((item: K) => boolean)

/** Which items `include` and `exclude` leave to a component. */
export class ItemSelection {
  readonly #include: Matcher | undefined
  readonly #exclude: Matcher | undefined

  /**
   * @param kind what the items are, where that is known already
   * Throws where the properties are not those of such items.
   */
  constructor(include?: ItemMatchConfig, exclude?: ItemMatchConfig, kind?: Kind) {
    this.#include = include && new Matcher('include', include, kind)
    this.#exclude = exclude && new Matcher('exclude', exclude, kind)
  }

  /** Which spans of the group. */
  spans(group: SpanGroup): Chosen {
    return both(this.#include?.spans(group), this.#exclude?.spans(group))
  }

  /** Which log records of the group. */
  logs(group: LogGroup): Chosen {
    return both(this.#include?.logs(group), this.#exclude?.logs(group))
  }

  /** Which metrics of the group. */
  metrics(group: MetricGroup): Chosen<Metric> {
    return both(this.#include?.metrics(group), this.#exclude?.metrics(group))
  }
}

function both<K>(included: Chosen<K> = true, excluded: Chosen<K> = false): Chosen<K> {
  if (included === false || excluded === true) return false
  if (excluded === false) return included
  if (included === true) return (item) => !excluded(item)
  return (item) => included(item) && !excluded(item)
}

type TextTest = (text: string) => boolean
type AttributeTest = { readonly key: string; readonly fits: (value: AttributeValue) => boolean }

const KIND_NAMES = new Map<number, string>(
  Object.entries(SPAN_KIND).map(([name, kind]) => [kind, `SPAN_KIND_${name.toUpperCase()}`]),
)
/** What the Collector takes for a service without a name. */
const NO_SERVICE = '<nil-service-name>'

class Matcher {
  readonly #service: TextTest | undefined
  readonly #spanName: TextTest | undefined
  readonly #spanKind: TextTest | undefined
  readonly #body: TextTest | undefined
  readonly #severityText: TextTest | undefined
  readonly #severity: ItemMatchConfig['log_severity_number']
  readonly #metricName: TextTest | undefined
  readonly #attributes: readonly AttributeTest[]
  readonly #resource: readonly AttributeTest[]
  readonly #scopes: readonly ((scope: Scope) => boolean)[] | undefined

  constructor(where: string, config: ItemMatchConfig, kind: Kind | undefined) {
    if (kind !== undefined && kind !== 'observations') {
      const fault = faultFor(kind, config)
      if (fault !== undefined) throw new Error(`${where}: ${fault}`)
    }
    const regexp = config.match_type === 'regexp'
    const test = (texts: readonly string[] | undefined): TextTest | undefined =>
      texts && textTest(texts, regexp)
    this.#service = test(config.services)
    this.#spanName = test(config.span_names)
    this.#spanKind = test(config.span_kinds)
    this.#body = test(config.log_bodies)
    this.#severityText = test(config.log_severity_texts)
    this.#severity = config.log_severity_number
    this.#metricName = test(config.metric_names)
    this.#attributes = attributeTests(config.attributes, regexp)
    this.#resource = attributeTests(config.resources, regexp)
    this.#scopes = config.libraries?.map(({ name, version }) => {
      const names = textTest([name], regexp)
      const versions = version === undefined ? () => true : textTest([version], regexp)
      return (scope: Scope) => names(scope.name) && versions(scope.version)
    })
  }

  spans({ resource, scope, spans }: SpanGroup): Chosen {
    if (!this.#around(resource, scope)) return false
    const service = resource.attributes['service.name']
    if (
      this.#service &&
      !this.#service(service === undefined ? NO_SERVICE : (textOf(service) ?? ''))
    ) {
      return false
    }
    const tests: ((i: number) => boolean)[] = []
    const name = this.#spanName
    const kind = this.#spanKind
    if (name) tests.push((i) => name(spans.name(i)))
    if (kind) tests.push((i) => kind(KIND_NAMES.get(spans.kind(i)) ?? ''))
    this.#addAttributes(tests, (i, key) => spans.attribute(i, key))
    return all(tests)
  }

  logs({ resource, scope, logs }: LogGroup): Chosen {
    if (!this.#around(resource, scope)) return false
    const tests: ((i: number) => boolean)[] = []
    const body = this.#body
    const level = this.#severityText
    const severity = this.#severity
    if (level) tests.push((i) => level(logs.severityText(i)))
    if (severity) {
      const { min, match_undefined } = severity
      tests.push((i) => (logs.severity(i) === 0 ? match_undefined : logs.severity(i) >= min))
    }
    if (body) {
      tests.push((i) => {
        const value = logs.body(i)
        return typeof value === 'string' && body(value)
      })
    }
    this.#addAttributes(tests, (i, key) => logs.attribute(i, key))
    return all(tests)
  }

  metrics({ resource, scope }: MetricGroup): Chosen<Metric> {
    if (!this.#around(resource, scope)) return false
    const name = this.#metricName
    return name ? (metric) => name(metric.name) : true
  }

  #around(resource: Resource, scope: Scope): boolean {
    if (this.#scopes && !this.#scopes.some((fits) => fits(scope))) return false
    return this.#resource.every(({ key, fits }) => {
      const value = own(resource.attributes, key)
      return value !== undefined && fits(value)
    })
  }

  #addAttributes(
    tests: ((i: number) => boolean)[],
    get: (i: number, key: string) => AttributeValue | undefined,
  ): void {
    for (const { key, fits } of this.#attributes) {
      tests.push((i) => {
        const value = get(i, key)
        return value !== undefined && fits(value)
      })
    }
  }
}

function own(attributes: Attributes, key: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined
}

function all(tests: readonly ((i: number) => boolean)[]): Chosen {
  if (tests.length === 0) return true
  if (tests.length === 1) return tests[0] as (i: number) => boolean
  return (i) => {
    for (const test of tests) if (!test(i)) return false
    return true
  }
}

function textTest(texts: readonly string[], regexp: boolean): TextTest {
  if (!regexp) {
    const wanted = new Set(texts)
    return (text) => wanted.has(text)
  }
  const patterns = texts.map(linearRegExp)
  return (text) => matchesAny(patterns, text)
}

function attributeTests(
  attributes: ItemMatchConfig['attributes'] = [],
  regexp: boolean,
): AttributeTest[] {
  return attributes.map(({ key, value }) => {
    if (value === undefined) return { key, fits: () => true }
    if (!regexp) return { key, fits: (found) => found === value || isDeepStrictEqual(found, value) }
    const test = textTest([value as string], true)
    return {
      key,
      fits: (found) => {
        const text = textOf(found)
        return text !== undefined && test(text)
      },
    }
  })
}

/** What a pattern is held against; undefined for what has no text: lists, maps and bytes. */
function textOf(value: AttributeValue): string | undefined {
  if (value === null || typeof value === 'object') return undefined
  return String(value)
}
