import type { Attributes, AttributeValue } from '../pdata/attributes.ts'
import type { Resource, Scope } from '../pdata/resource.ts'
import { escapeValue } from '../telemetry/exposition_text.ts'

/** Which labels series get beside their own attributes. */
export interface LabelOptions {
  readonly constLabels: Readonly<Record<string, string>>
  /** Whether every attribute of the resource is one. */
  readonly resourceAttributes: boolean
  /** Whether those that are `job` and `instance` are left out of them; not unless given. */
  readonly withoutServiceAttributes?: boolean
  /** Whether the scope has no labels; it has unless given. */
  readonly withoutScope?: boolean
  /** Whether names keep what only UTF-8 names of Prometheus 3 may have; not unless given. */
  readonly utf8?: boolean
  /** Whether constant labels give way to others of the same name; they replace them unless given. */
  readonly constLabelsYield?: boolean
}

/** A label before those of the same name are joined. */
export interface Label {
  readonly name: string
  /** The name that the attribute has in OpenTelemetry. */
  readonly key: string
  readonly value: string
}

/** Names and values in turn, sorted by name, each name once. */
export type LabelPairs = readonly string[]

/** What all data points of a resource and scope have. */
interface Group {
  readonly resource: Resource
  readonly scope: Scope
  readonly labels: readonly Label[]
}

interface Known {
  readonly group: Group
  readonly text: string
}

/** The attributes of a service that are `job` and `instance`. */
export const SERVICE_ATTRIBUTES: ReadonlySet<string> = new Set([
  'service.name',
  'service.namespace',
  'service.instance.id',
])

/** The labels of series, as text kept for as long as somebody holds the attributes. */
export class Labels {
  readonly #options: LabelOptions
  readonly #constant: readonly Label[]
  readonly #known = new WeakMap<Attributes, Known>()
  readonly #groups = new WeakMap<Resource, Group>()

  constructor(options: LabelOptions) {
    this.#options = options
    this.#constant = labelsOf(options.constLabels, options.utf8)
  }

  /** The labels of a data point, `code="200",job="shop"`, sorted, without braces. */
  text(resource: Resource, scope: Scope, attributes: Attributes): string {
    const group = this.#groupOf(resource, scope)
    const known = this.#known.get(attributes)
    if (known?.group === group) return known.text
    const text = pairsText(this.#make(group, attributes))
    this.#known.set(attributes, { group, text })
    return text
  }

  /** The labels of a data point. */
  pairs(resource: Resource, scope: Scope, attributes: Attributes): LabelPairs {
    return this.#make(this.#groupOf(resource, scope), attributes)
  }

  #groupOf(resource: Resource, scope: Scope): Group {
    const known = this.#groups.get(resource)
    if (known?.scope === scope) return known
    const labels = labelsOf({
      ...(!this.#options.withoutScope && scopeLabels(scope)),
      job: jobOf(resource.attributes),
      instance: instanceOf(resource.attributes),
    })
    const group = { resource, scope, labels: [...this.#resourceLabels(resource), ...labels] }
    this.#groups.set(resource, group)
    return group
  }

  #resourceLabels({ attributes }: Resource): Label[] {
    const { resourceAttributes, withoutServiceAttributes, utf8 } = this.#options
    if (!resourceAttributes) return []
    const labels = labelsOf(attributes, utf8)
    return withoutServiceAttributes
      ? labels.filter(({ key }) => !SERVICE_ATTRIBUTES.has(key))
      : labels
  }

  #make({ resource, labels }: Group, attributes: Attributes): LabelPairs {
    const { resourceAttributes, utf8, constLabelsYield } = this.#options
    const own = labelsOf(attributes, utf8)
    // An attribute that the resource has as well is the resource's.
    const mine = resourceAttributes
      ? own.filter(({ key }) => !Object.hasOwn(resource.attributes, key))
      : own
    const all = [...mine, ...labels]
    if (!constLabelsYield) return labelPairs(all, this.#constant)
    const free = this.#constant.filter((c) => !all.some(({ name }) => name === c.name))
    return labelPairs([...all, ...free])
  }
}

function scopeLabels({ name, version, attributes }: Scope): Attributes {
  const labels: Record<string, AttributeValue> = {
    otel_scope_name: name,
    otel_scope_version: version,
  }
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (!SCOPE_OWN.has(key)) labels[`otel_scope_${key}`] = value
  }
  return labels
}

/** Attributes of a scope that would be taken for what it has beside them. */
const SCOPE_OWN: ReadonlySet<string> = new Set(['name', 'version', 'schema_url'])

/** `service.namespace/service.name`, the second alone where there is no namespace; empty for none. */
export function jobOf(attributes: Attributes): string {
  const name = attributeText(attributes['service.name'])
  const namespace = attributeText(attributes['service.namespace'])
  return name && namespace ? `${namespace}/${name}` : name
}

/** `service.instance.id`; empty for none. */
export function instanceOf(attributes: Attributes): string {
  return attributeText(attributes['service.instance.id'])
}

/** Attributes as labels. An empty value is left out: for Prometheus it is no label. */
export function labelsOf(attributes: Attributes, utf8 = false): Label[] {
  const labels: Label[] = []
  for (const key of Object.keys(attributes)) {
    const value = attributeText(attributes[key])
    if (value === '') continue
    const name = utf8 ? utf8LabelName(key) : labelName(key)
    if (name !== '') labels.push({ name, key, value })
  }
  return labels
}

/** Labels as text, `code="200",job="shop"`, as `labelPairs` puts them together. */
export function labelText(labels: readonly Label[], constant: readonly Label[] = []): string {
  return pairsText(labelPairs(labels, constant))
}

/**
 * Labels sorted by name. What gets the same name is joined with `;` in the order of the attributes'
 * names, as the specification has it; `constant` labels take the place of others.
 */
export function labelPairs(labels: readonly Label[], constant: readonly Label[] = []): LabelPairs {
  const all = constant.length === 0 ? labels.slice() : replaced(labels, constant)
  all.sort(byName)
  const pairs: string[] = []
  let last = ''
  for (const { name, value } of all) {
    if (name === last) pairs[pairs.length - 1] += `;${value}`
    else pairs.push(name, value)
    last = name
  }
  return pairs
}

function replaced(labels: readonly Label[], constant: readonly Label[]): Label[] {
  return [...constant, ...labels.filter(({ name }) => !constant.some((c) => c.name === name))]
}

/** Labels as text, `code="200",job="shop"`. */
export function pairsText(pairs: LabelPairs): string {
  let text = ''
  for (let i = 0; i < pairs.length; i += 2) {
    text += `${text && ','}${pairs[i]}="${escapeValue(pairs[i + 1] as string)}"`
  }
  return text
}

function byName(a: Label, b: Label): number {
  return compare(a.name, b.name) || compare(a.key, b.key)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

const names = new Map<string, string>()
/** Attributes are named by programs, so there are few; more than this many are not kept. */
const MAX_NAMES = 4096

/** An attribute's name as a label's: what Prometheus does not take is `_`, and never two together. */
export function labelName(key: string): string {
  const known = names.get(key)
  if (known !== undefined) return known
  const name = makeLabelName(key)
  if (names.size < MAX_NAMES) names.set(key, name)
  return name
}

function makeLabelName(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9]+/g, '_')
  // The bound of a histogram's bucket: Prometheus itself puts `exported_` before what it has to move.
  if (name === 'le') return 'exported_le'
  return /^[0-9]/.test(name) ? `key_${name}` : name
}

/** An attribute's name where Prometheus takes UTF-8; empty for one that is none there either. */
function utf8LabelName(key: string): string {
  if (/^_*$/.test(key)) return ''
  return key === 'le' ? 'exported_le' : key
}

/** Labels with one more, in its place; one of the same name is replaced. */
export function withLabel(pairs: LabelPairs, name: string, value: string): LabelPairs {
  let at = 0
  while (at < pairs.length && (pairs[at] as string) < name) at += 2
  return pairs.toSpliced(at, pairs[at] === name ? 2 : 0, name, value)
}

/** An attribute's value as text: lists and maps as JSON, bytes in base64. */
export function attributeText(value: AttributeValue | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return jsonText(value)
}

function jsonText(value: AttributeValue): string {
  if (value === null) return 'null'
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value instanceof Uint8Array) {
    return JSON.stringify(attributeText(value))
  }
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  const pairs = Object.entries(value as Attributes)
  return `{${pairs.map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(',')}}`
}
