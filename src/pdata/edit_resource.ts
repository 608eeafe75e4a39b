import { AttributeEditor } from './attribute_editor.ts'
import type { Batch } from './batch.ts'
import { mapGroups, type OtlpGroup, withResource } from './map_groups.ts'
import { encodedResource, encodedScope, type Encoded } from './otlp_groups.ts'
import { ProtoReader } from './proto_reader.ts'
import {
  type GroupBytes,
  receivedResource,
  receivedScope,
  RESOURCE_ATTRIBUTES,
  SCOPE,
} from './received_resource.ts'
import type { Resource, Scope } from './resource.ts'
import { Traces } from './traces.ts'

const NOTHING = Buffer.alloc(0)
const attributes = new AttributeEditor()

/**
 * The resource with other attributes: the same object for what is the same, and the resource itself
 * where nothing changes. Do it once for a resource and keep the answer (in a WeakMap).
 */
export function editResource(
  resource: Resource,
  edit: (attributes: AttributeEditor) => void,
): Resource {
  const { message = NOTHING, rest } = bytesOf(encodedResource(resource))
  const edited = changedBytes(message, RESOURCE_ATTRIBUTES, edit)
  return edited ? receivedResource({ message: edited, rest }) : resource
}

/** The scope with other attributes, as `editResource`. */
export function editScope(scope: Scope, edit: (attributes: AttributeEditor) => void): Scope {
  const { message = NOTHING, rest } = bytesOf(encodedScope(scope))
  const edited = changedBytes(message, SCOPE.attributes, edit)
  return edited ? receivedScope({ message: edited, rest }) : scope
}

/** The message without its tag and length. */
function bytesOf({ own, rest }: Encoded): GroupBytes {
  const reader = new ProtoReader().over(own, 0, own.length)
  return { message: reader.next() ? own.subarray(reader.from, reader.to) : undefined, rest }
}

function changedBytes(
  message: Buffer,
  field: number,
  edit: (attributes: AttributeEditor) => void,
): Buffer | undefined {
  edit(attributes.over(message, 0, message.length, field))
  return attributes.changed ? attributes.toBytes() : undefined
}

/**
 * The same change to the resources of all batches. Each resource is changed once and kept while it is
 * in use, so that batches about the same go on sharing one.
 */
export class ResourceEditor {
  readonly #edit: (attributes: AttributeEditor) => void
  readonly #known = new WeakMap<Resource, Resource>()

  /** @param edit depends on nothing but the attributes */
  constructor(edit: (attributes: AttributeEditor) => void) {
    this.#edit = edit
  }

  /** The batch with changed resources; those of its totals are changed with them. */
  batch(batch: Batch): Batch {
    if (batch.kind === 'observations') return batch
    const changed = mapGroups(batch, (group: OtlpGroup) => {
      return withResource(group, this.resource(group.resource))
    })
    if (changed.kind !== 'traces' || changed.totals.length === 0) return changed
    const totals = changed.totals.map((group) => {
      return { ...group, resource: this.resource(group.resource) }
    })
    return new Traces(changed.groups, changed.delivery, totals)
  }

  /** The resource with changed attributes. */
  resource(resource: Resource): Resource {
    const known = this.#known.get(resource)
    if (known) return known
    const made = editResource(resource, this.#edit)
    this.#known.set(resource, made)
    return made
  }
}
