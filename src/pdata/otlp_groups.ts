import { attributesToJson, encodeAttributes } from './otlp_attributes.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { Resource, Scope } from './resource.ts'

// Field numbers: opentelemetry/proto/{collector,trace,metrics,resource,common}/**/*.proto. They are
// the same for every signal: request → ResourceSpans → ScopeSpans is as request → ResourceMetrics → …
const REQUEST_GROUPS = 1
const RESOURCE_GROUP = { resource: 1, scopeGroups: 2 } as const
const SCOPE_GROUP = { scope: 1 } as const
const RESOURCE_ATTRIBUTES = 1
const SCOPE = { name: 1, version: 2 } as const

/** The items' field in `ScopeSpans`, `ScopeMetrics` and `ScopeLogs`. */
export const SCOPE_GROUP_ITEMS = 2

/** What groups of every signal have. */
export interface Group {
  readonly resource: Resource
  readonly scope: Scope
}

/**
 * Writes one group of a request: its resource and scope around what `encodeItems` writes, which is
 * the items in field `SCOPE_GROUP_ITEMS`.
 */
export function encodeGroup<G extends Group>(
  group: G,
  encodeItems: (group: G, out: ProtoWriter) => void,
  out: ProtoWriter,
): void {
  const mark = out.mark()
  encodeItems(group, out)
  out.raw(encodedScope(group.scope))
  out.message(RESOURCE_GROUP.scopeGroups, mark)
  out.raw(encodedResource(group.resource))
  out.message(REQUEST_GROUPS, mark)
}

const resources = new WeakMap<Resource, Buffer>()
const scopes = new WeakMap<Scope, Buffer>()

/** The `resource` field of a group, encoded once for each resource. */
function encodedResource(resource: Resource): Buffer {
  const known = resources.get(resource)
  if (known) return known
  const out = new ProtoWriter(1024)
  encodeAttributes(RESOURCE_ATTRIBUTES, resource.attributes, out)
  out.message(RESOURCE_GROUP.resource, 0)
  const bytes = out.toBytes()
  resources.set(resource, bytes)
  return bytes
}

/** The `scope` field of a group, encoded once for each scope. */
function encodedScope(scope: Scope): Buffer {
  const known = scopes.get(scope)
  if (known) return known
  const out = new ProtoWriter(256)
  out.string(SCOPE.version, scope.version)
  out.string(SCOPE.name, scope.name)
  out.message(SCOPE_GROUP.scope, 0)
  const bytes = out.toBytes()
  scopes.set(scope, bytes)
  return bytes
}

/** The `resource` and `scope` of a group as OTLP/JSON has them. */
export function groupToJson({ resource, scope }: Group): { resource: object; scope: object } {
  return {
    resource: { attributes: attributesToJson(resource.attributes) },
    scope: { name: scope.name, version: scope.version },
  }
}
