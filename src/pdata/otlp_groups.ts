import { encodeAttributes } from './otlp_attributes.ts'
import { ProtoWriter } from './proto_writer.ts'
import { type GroupBytes, ReceivedResource, ReceivedScope } from './received_resource.ts'
import type { Resource, Scope } from './resource.ts'

// Field numbers: opentelemetry/proto/{collector,trace,metrics,logs,resource,common}/**/*.proto. They
// are the same for every signal: request → ResourceSpans → ScopeSpans is as request → ResourceMetrics …
const REQUEST_GROUPS = 1
const SCHEMA_URL = 3
const RESOURCE_ATTRIBUTES = 1
const SCOPE = { name: 1, version: 2, attributes: 3 } as const

/** Field numbers of `ResourceSpans`, `ResourceMetrics` and `ResourceLogs`. */
export const RESOURCE_GROUP = { resource: 1, scopeGroups: 2 } as const
/** Field numbers of `ScopeSpans`, `ScopeMetrics` and `ScopeLogs`. */
export const SCOPE_GROUP = { scope: 1 } as const
/** The items' field in them. */
export const SCOPE_GROUP_ITEMS = 2

/** What groups of every signal have. */
export interface Group {
  readonly resource: Resource
  readonly scope: Scope
}

/**
 * Writes groups as a request: resources and scopes around what `encodeItems` writes, which is a
 * group's items in field `SCOPE_GROUP_ITEMS`. Groups of one resource that follow each other share it.
 */
export function encodeGroups<G extends Group>(
  groups: readonly G[],
  encodeItems: (group: G, out: ProtoWriter) => void,
  out: ProtoWriter,
): void {
  for (let i = groups.length - 1; i >= 0;) {
    const { resource } = groups[i] as G
    const mark = out.mark()
    const { own, rest } = encodedResource(resource)
    out.raw(rest)
    for (; groups[i]?.resource === resource; i--) {
      const group = groups[i] as G
      encodeScopeGroup(group.scope, () => encodeItems(group, out), out)
    }
    out.raw(own)
    out.message(REQUEST_GROUPS, mark)
  }
}

function encodeScopeGroup(scope: Scope, encodeItems: () => void, out: ProtoWriter): void {
  const mark = out.mark()
  const { own, rest } = encodedScope(scope)
  out.raw(rest)
  encodeItems()
  out.raw(own)
  out.message(RESOURCE_GROUP.scopeGroups, mark)
}

/** What a resource or scope is in its group: its own field, and those behind the items. */
export interface Encoded {
  readonly own: Buffer
  readonly rest: Buffer
}

const resources = new WeakMap<Resource, Encoded>()
const scopes = new WeakMap<Scope, Encoded>()

/** A resource's fields in its group, encoded once. */
export function encodedResource(resource: Resource): Encoded {
  const known = resources.get(resource)
  if (known) return known
  const made =
    resource instanceof ReceivedResource
      ? copied(RESOURCE_GROUP.resource, resource.bytes)
      : encodeResource(resource)
  resources.set(resource, made)
  return made
}

function encodeResource({ attributes, schemaUrl }: Resource): Encoded {
  const out = new ProtoWriter(1024)
  encodeAttributes(RESOURCE_ATTRIBUTES, attributes, out)
  out.message(RESOURCE_GROUP.resource, 0)
  return { own: out.toBytes(), rest: encodedUrl(schemaUrl) }
}

/** A scope's fields in its group, encoded once. */
export function encodedScope(scope: Scope): Encoded {
  const known = scopes.get(scope)
  if (known) return known
  const made =
    scope instanceof ReceivedScope ? copied(SCOPE_GROUP.scope, scope.bytes) : encodeScope(scope)
  scopes.set(scope, made)
  return made
}

function encodeScope({ name, version, attributes, schemaUrl = '' }: Scope): Encoded {
  const out = new ProtoWriter(256)
  if (attributes) encodeAttributes(SCOPE.attributes, attributes, out)
  out.string(SCOPE.version, version)
  out.string(SCOPE.name, name)
  out.message(SCOPE_GROUP.scope, 0)
  return { own: out.toBytes(), rest: encodedUrl(schemaUrl) }
}

function encodedUrl(schemaUrl: string): Buffer {
  const out = new ProtoWriter(64)
  if (schemaUrl) out.string(SCHEMA_URL, schemaUrl)
  return out.toBytes()
}

function copied(field: number, { message, rest }: GroupBytes): Encoded {
  const out = new ProtoWriter(16)
  if (message) out.bytes(field, message)
  return { own: out.toBytes(), rest }
}
