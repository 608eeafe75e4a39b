import type { Environment } from './environment.ts'
import { OttlError } from './errors.ts'
import type { EditableMap } from './map_draft.ts'
import type { FieldType, MessageDraft } from './message_draft.ts'
import {
  Instant,
  intOf,
  isInt,
  isList,
  isMap,
  numberOf,
  type Type,
  typeOf,
  type Value,
} from './values.ts'

/** A field that paths can name. */
export interface Field {
  readonly type: Type | 'any'
  readonly get: (env: Environment) => Value
  readonly set?: (env: Environment, value: Value) => void
  /** Attributes, which are changed in their place. */
  readonly map?: (env: Environment) => EditableMap
  /** A value whose keys are looked up in it: `body["a"]`, `cache["a"]`. */
  readonly keyed?: boolean
}

/** Fields by their path, `status.code`. */
export type Fields = Readonly<Record<string, Field>>

type DraftOf = (env: Environment) => MessageDraft

/** Checks what is set; gives what is written. */
type Check = (value: Value) => Value

function expecting(type: string, is: (value: Value) => boolean): Check {
  return (value) => {
    if (is(value)) return value
    throw new OttlError(`expected ${type}, received ${typeOf(value)}`)
  }
}

const CHECKS: Readonly<Record<'string' | 'int' | 'bool' | 'float' | 'list', Check>> = {
  string: expecting('string', (value) => typeof value === 'string'),
  int: expecting('int', isInt),
  bool: expecting('bool', (value) => typeof value === 'boolean'),
  float: expecting('float', (value) => numberOf(value) !== undefined),
  list: expecting('list of numbers', isNumbers),
}

function isNumbers(value: Value): boolean {
  return isList(value) && value.every((one) => numberOf(one) !== undefined)
}

/** A field of a message. */
export function field(draftOf: DraftOf, type: keyof typeof CHECKS, stored: FieldType): Field {
  const check = CHECKS[type]
  return {
    type,
    get: (env) => draftOf(env).get(stored),
    set: (env, value) => draftOf(env).set(stored, check(value)),
  }
}

/** A field of a message that can hold any value. */
export function anyValue(draftOf: DraftOf, stored: FieldType): Field {
  return {
    type: 'any',
    keyed: true,
    get: (env) => draftOf(env).get(stored),
    set: (env, value) => draftOf(env).set(stored, value),
  }
}

/** A time that a message has as nanoseconds since 1970. */
export function timeField(draftOf: DraftOf, stored: FieldType): Field {
  return {
    type: 'time',
    get: (env) => new Instant(BigInt(draftOf(env).get(stored) as number | bigint)),
    set: (env, value) => {
      if (!(value instanceof Instant))
        throw new OttlError(`expected time, received ${typeOf(value)}`)
      draftOf(env).set(stored, intOf(value.ns))
    },
  }
}

/** An id of so many bytes, and the same as hex digits. */
export function ids(draftOf: DraftOf, name: string, stored: FieldType): Fields {
  const { length } = stored.absent as Uint8Array
  const check = expecting(
    `${length} bytes`,
    (value) => value instanceof Uint8Array && value.length === length,
  )
  const zeros = '00'.repeat(length)
  return {
    [name]: {
      type: 'bytes',
      get: (env) => draftOf(env).get(stored),
      set: (env, value) => draftOf(env).set(stored, check(value)),
    },
    [`${name}.string`]: {
      type: 'string',
      get: (env) => {
        const id = Buffer.from(draftOf(env).get(stored) as Uint8Array).toString('hex')
        return id === zeros ? '' : id
      },
      set: (env, value) => draftOf(env).set(stored, bytesOfHex(value, length)),
    },
  }
}

/** The bytes of an id in hex digits. Throws OttlError. */
export function bytesOfHex(value: Value, length: number): Buffer {
  if (typeof value === 'string' && value.length === 2 * length && /^[\da-f]*$/i.test(value)) {
    return Buffer.from(value, 'hex')
  }
  throw new OttlError(
    `expected ${2 * length} hex digits, received ${typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeOf(value)}`,
  )
}

/** The attributes of a message. */
export function attributes(draftOf: DraftOf): Field {
  return {
    type: 'map',
    map: (env) => draftOf(env).attributes,
    get: (env) => draftOf(env).attributes.toMap(),
    set: (env, value) => {
      if (!isMap(value)) throw new OttlError(`expected map, received ${typeOf(value)}`)
      draftOf(env).attributes.replaceAll(value)
    },
  }
}
