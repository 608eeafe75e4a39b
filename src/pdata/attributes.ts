/**
 * The value of an attribute (OTLP `AnyValue`). A `number` that is a safe integer and every `bigint`
 * is an int64 on the wire (a `bigint` keeps its lowest 64 bits); other numbers are doubles. `null` is
 * a value that is not set.
 */
export type AttributeValue =
  | null
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue }

/** Attributes in the order in which they are encoded. Keys are unique and not empty. */
export type Attributes = Readonly<Record<string, AttributeValue>>

/** What becomes of attributes: those that get another value, and with `undefined` those that go. */
export type AttributeChanges = Readonly<Record<string, AttributeValue | undefined>>
