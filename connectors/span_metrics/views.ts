import type { ByteKey } from '../../src/helpers/byte_key.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import { attributesText } from '../../src/pdata/attributes_text.ts'
import { Resource, type Scope } from '../../src/pdata/resource.ts'
import { valueText } from '../../src/pdata/value_text.ts'
import type { SpanMetricsConfig } from './config.ts'
import type { Background } from './dimension_list.ts'
import type { Recipe } from './recipe.ts'
import type { ResourceCounts } from './resource_counts.ts'

/** What counts spans of one resource and scope have in common. */
export interface View extends Background {
  readonly resource: Resource
  /** The counts that they belong to. */
  readonly counts: ResourceCounts
  /** What keys of their series begin with. */
  readonly prefix: Buffer
  readonly service: string
  readonly scope: Attributes
}

/** All resources count as this one where metrics have none. */
const NOBODY = new Resource({})

/** What tells resources apart, and what metrics are handed on with. */
export function identityOf(
  resource: Resource,
  config: SpanMetricsConfig,
): { readonly key: string; readonly shown: Resource } {
  if (!config.add_resource_attributes) return { key: '', shown: NOBODY }
  const { attributes } = resource
  const keys = config.resource_metrics_key_attributes
  if (keys.length === 0) return { key: attributesText(attributes), shown: resource }
  const chosen = keys.filter((key) => Object.hasOwn(attributes, key))
  const entries = chosen.map((key) => [key, attributes[key]])
  return { key: attributesText(Object.fromEntries(entries) as Attributes), shown: resource }
}

/** The view of a resource that has a service, and of a scope. */
export function viewOf(
  resource: Resource,
  scope: Scope,
  recipe: Recipe,
  key: ByteKey,
  counts: ResourceCounts,
): View {
  const { attributes } = resource
  const service = valueText(attributes['service.name'] ?? '')
  const { include_instrumentation_scope: included } = recipe.config
  const shown = scope.name !== '' && included.includes(scope.name)
  key.reset()
  if (recipe.has.service) key.text(service)
  if (shown) {
    key.text(scope.name)
    key.text(scope.version)
  }
  return {
    resource,
    attributes,
    fallbacks: new Map(),
    counts,
    prefix: key.copy(),
    service,
    scope: shown ? scopeAttributes(scope) : {},
  }
}

function scopeAttributes({ name, version }: Scope): Attributes {
  return {
    'span.instrumentation.scope.name': name,
    ...(version !== '' && { 'span.instrumentation.scope.version': version }),
  }
}
