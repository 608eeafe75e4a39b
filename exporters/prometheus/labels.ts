import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import { escapeValue } from '../../src/telemetry/exposition_text.ts'

/** Which labels series get beside their own attributes. */
export interface LabelOptions {
  readonly constLabels: Readonly<Record<string, string>>
  /** Whether every attribute of the resource is one. */
  readonly resourceAttributes: boolean
}

/** A label before those of the same name are joined. */
interface Label {
  readonly name: string
  /** The name that the attribute has in OpenTelemetry. */
  readonly key: string
  readonly value: string
}

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

/** The labels of series as text, kept for as long as somebody holds the attributes. */
export class Labels {
  readonly #options: LabelOptions
  readonly #constant: readonly Label[]
  readonly #known = new WeakMap<Attributes, Known>()
  readonly #groups = new WeakMap<Resource, Group>()

  constructor(options: LabelOptions) {
    this.#options = options
    this.#constant = labelsOf(options.constLabels)
  }

  /** The labels of a data point, `code="200",job="shop"`, sorted, without braces. */
  text(resource: Resource, scope: Scope, attributes: Attributes): string {
    const group = this.#groupOf(resource, scope)
    const known = this.#known.get(attributes)
    if (known?.group === group) return known.text
    const text = this.#make(group, attributes)
    this.#known.set(attributes, { group, text })
    return text
  }

  #groupOf(resource: Resource, scope: Scope): Group {
    const known = this.#groups.get(resource)
    if (known?.scope === scope) return known
    const labels = labelsOf({
      otel_scope_name: scope.name,
      otel_scope_version: scope.version,
      job: jobOf(resource.attributes),
      instance: instanceOf(resource.attributes),
    })
    const group = { resource, scope, labels }
    this.#groups.set(resource, group)
    return group
  }

  #make({ resource, labels }: Group, attributes: Attributes): string {
    const { resourceAttributes } = this.#options
    const own = resourceAttributes ? { ...attributes, ...resource.attributes } : attributes
    return labelText([...labelsOf(own), ...labels], this.#constant)
  }
}

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
export function labelsOf(attributes: Attributes): Label[] {
  const labels: Label[] = []
  for (const key of Object.keys(attributes)) {
    const value = attributeText(attributes[key])
    if (value !== '') labels.push({ name: labelName(key), key, value })
  }
  return labels
}

/**
 * Labels as text, sorted by name. What gets the same name is joined with `;` in the order of the
 * attributes' names, as the specification has it; `constant` labels take the place of others.
 */
export function labelText(labels: readonly Label[], constant: readonly Label[] = []): string {
  const all = [
    ...constant,
    ...labels.filter((label) => !constant.some((c) => c.name === label.name)),
  ]
  all.sort((a, b) => compare(a.name, b.name) || compare(a.key, b.key))
  let text = ''
  let last = ''
  for (const { name, value } of all) {
    if (name === last) text = `${text.slice(0, -1)};${escapeValue(value)}"`
    else text += `${text && ','}${name}="${escapeValue(value)}"`
    last = name
  }
  return text
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
