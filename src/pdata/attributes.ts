/**
 * The value of an attribute (OTLP `AnyValue`). A `number` that is a safe integer and every `bigint`
 * is an int64 on the wire (a `bigint` keeps its lowest 64 bits); other numbers are doubles.
 */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue }

/** Attributes in the order in which they are encoded. Keys are unique and not empty. */
export type Attributes = Readonly<Record<string, AttributeValue>>
