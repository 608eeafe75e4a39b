import type { AttributeChanges, Attributes } from './attributes.ts'
import { textOf } from './fixed.ts'
import { Interned } from './interned.ts'
import { decodeAttributes } from './otlp_any_value.ts'
import { editAttributes } from './otlp_edit.ts'
import { ProtoReader } from './proto_reader.ts'
import { Resource, type Scope } from './resource.ts'

// Field numbers: opentelemetry/proto/{resource,common,trace}/v1/*.proto
/** Field of the attributes in `Resource`. */
export const RESOURCE_ATTRIBUTES = 1
/** Field numbers of `InstrumentationScope`. */
export const SCOPE = { name: 1, version: 2, attributes: 3 } as const
/** The same in `ResourceSpans`, `ScopeSpans` and their likes. */
const GROUP_SCHEMA_URL = 3

/** The bytes that stand for a resource in `ResourceSpans`, or for a scope in `ScopeSpans`. */
export interface GroupBytes {
  /** The fields of the `Resource` or `InstrumentationScope`; undefined where there is none. */
  readonly message: Buffer | undefined
  /** All other fields but the groups or items themselves: the schema's URL, and unknown ones. */
  readonly rest: Buffer
}

/** A resource over the bytes that it came in: fields that we do not know stay. */
export class ReceivedResource extends Resource {
  readonly bytes: GroupBytes
  #decoded: Attributes | undefined

  constructor(bytes: GroupBytes) {
    super({}, schemaUrlOf(bytes.rest))
    this.bytes = bytes
  }

  override get attributes(): Attributes {
    return (this.#decoded ??= attributesOf(this.bytes.message, RESOURCE_ATTRIBUTES))
  }

  override with(changes: AttributeChanges): Resource {
    const { message = Buffer.alloc(0), rest } = this.bytes
    const edited = editAttributes(message, RESOURCE_ATTRIBUTES, changes)
    return new ReceivedResource({ message: edited, rest })
  }
}

/** A scope over the bytes that it came in. */
export class ReceivedScope implements Scope {
  readonly bytes: GroupBytes
  readonly name: string
  readonly version: string
  readonly schemaUrl: string
  #decoded: Attributes | undefined

  constructor(bytes: GroupBytes) {
    this.bytes = bytes
    this.name = lastText(bytes.message, SCOPE.name)
    this.version = lastText(bytes.message, SCOPE.version)
    this.schemaUrl = schemaUrlOf(bytes.rest)
  }

  get attributes(): Attributes {
    return (this.#decoded ??= attributesOf(this.bytes.message, SCOPE.attributes))
  }
}

const resources = new Interned<ReceivedResource>()
const scopes = new Interned<ReceivedScope>()

/** The resource that these bytes stand for; its memory is its own. */
export function receivedResource(bytes: GroupBytes): ReceivedResource {
  return resources.get(keyOf(bytes), () => new ReceivedResource(copyOf(bytes)))
}

/** The scope that these bytes stand for; its memory is its own. */
export function receivedScope(bytes: GroupBytes): ReceivedScope {
  return scopes.get(keyOf(bytes), () => new ReceivedScope(copyOf(bytes)))
}

/** Different for different bytes: it says where the message ends. */
function keyOf({ message, rest }: GroupBytes): string {
  const length = message ? String(message.length) : 'none'
  return `${length} ${message?.toString('latin1') ?? ''}${rest.toString('latin1')}`
}

function copyOf({ message, rest }: GroupBytes): GroupBytes {
  return { message: message && Buffer.from(message), rest: Buffer.from(rest) }
}

function attributesOf(message: Buffer | undefined, field: number): Attributes {
  return message ? decodeAttributes(message, 0, message.length, field) : {}
}

function schemaUrlOf(rest: Buffer): string {
  return lastText(rest, GROUP_SCHEMA_URL)
}

function lastText(bytes: Buffer | undefined, field: number): string {
  if (!bytes || bytes.length === 0) return ''
  const reader = new ProtoReader().over(bytes, 0, bytes.length)
  let text = ''
  while (reader.next()) if (reader.field === field) text = textOf(bytes, reader.from, reader.to)
  return text
}
