import { inspect } from 'node:util'

import { expectSize } from './arguments.js'

/** The bytes of a constant's new value, checked against its C type. */
export function encodeConstant(constant, value) {
  const what = `constant "${constant.name}"`
  if (value instanceof Uint8Array) return expectSize(value, what, constant.size)
  if (constant.kind === 'bytes') {
    throw new TypeError(
      `${what}: expected a Uint8Array of ${constant.size} bytes, received ${inspect(value, { depth: 0 })}`,
    )
  }
  const number = toInteger(value, what)
  const [min, max] = rangeOf(constant)
  if (number < min || number > max) {
    throw new RangeError(`${what}: expected an integer from ${min} to ${max}, received ${number}`)
  }
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, number))
  return bytes.subarray(0, constant.size)
}

function toInteger(value, what) {
  if (typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (Number.isSafeInteger(value)) return BigInt(value)
  const expected = 'expected a Uint8Array, a boolean, a bigint or a safe integer'
  throw new TypeError(`${what}: ${expected}, received ${inspect(value, { depth: 0 })}`)
}

function rangeOf({ kind, size }) {
  if (kind === 'bool') return [0n, 1n]
  const bits = BigInt(size * 8)
  if (kind === 'signed') return [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
  return [0n, (1n << bits) - 1n]
}
