import { bytesOf, type Environment, openField } from '../../src/ottl/index.ts'
import { encodedResource, encodedScope } from '../../src/pdata/otlp_groups.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { receivedResource, receivedScope } from '../../src/pdata/received_resource.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'

const scratch = new ProtoWriter(1024)

/** Stands at a resource. */
export function openResource(env: Environment, resource: Resource): void {
  openField(env.resource, encodedResource(resource).own)
}

/** The resource that the environment stands at as it is now; `before` itself where nothing changed. */
export function closedResource(env: Environment, before: Resource): Resource {
  if (!env.resource.changed) return before
  return receivedResource({
    message: bytesOf(env.resource, scratch),
    rest: encodedResource(before).rest,
  })
}

/** Stands at a scope. */
export function openScope(env: Environment, scope: Scope): void {
  openField(env.scope, encodedScope(scope).own)
}

/** As `closedResource`, for a scope. */
export function closedScope(env: Environment, before: Scope): Scope {
  if (!env.scope.changed) return before
  return receivedScope({ message: bytesOf(env.scope, scratch), rest: encodedScope(before).rest })
}
