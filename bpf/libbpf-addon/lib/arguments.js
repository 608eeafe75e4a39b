import { inspect } from 'node:util'

import { codedError } from './errors.js'

/** @param {unknown} value @param {string} what */
export function expectText(value, what) {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value
  throw wrong(what, 'a non-empty string', value)
}

export function expectInteger(value, what, min, max) {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw wrong(what, `an integer from ${min} to ${max}`, value)
}

export function expectBoolean(value, what) {
  if (typeof value === 'boolean') return value
  throw wrong(what, 'a boolean', value)
}

export function expectObject(value, what) {
  if (typeof value === 'object' && value !== null) return value
  throw wrong(what, 'an object', value)
}

export function expectBytes(value, what) {
  if (value instanceof Uint8Array) return value
  throw wrong(what, 'a Uint8Array', value)
}

export function expectSize(value, what, size) {
  if (!(value instanceof Uint8Array)) throw wrong(what, `a Uint8Array of ${bytes(size)}`, value)
  if (value.byteLength === size) return value
  throw new RangeError(`${what}: expected ${bytes(size)}, received ${bytes(value.byteLength)}`)
}

export function expectOneOf(value, what, allowed) {
  if (allowed.includes(value)) return value
  throw wrong(what, `one of ${allowed.map((name) => `"${name}"`).join(', ')}`, value)
}

/** The entry called `name`, or an error that offers the nearest one. */
export function findNamed(entries, name, kind, owner) {
  expectText(name, `${kind} name`)
  const found = entries.find((entry) => entry.name === name)
  if (found !== undefined) return found
  const message = `${owner} has no ${kind} "${name}"`
  throw codedError(
    'ERR_UNKNOWN_NAME',
    message +
      suggestion(
        name,
        entries.map((entry) => entry.name),
      ),
  )
}

export function suggestion(name, known) {
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0]
  if (nearest !== undefined && nearest.distance <= Math.max(2, name.length / 3)) {
    return `, did you mean "${nearest.candidate}"?`
  }
  if (known.length === 0) return ' (it has none)'
  return ` (it has ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''})`
}

export function bytes(count) {
  return count === 1 ? '1 byte' : `${count} bytes`
}

function wrong(what, expected, value) {
  const received =
    value instanceof Uint8Array ? bytes(value.byteLength) : inspect(value, { depth: 0 })
  return new TypeError(`${what}: expected ${expected}, received ${received}`)
}

function editDistance(a, b) {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substituted = previous[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(substituted, previous[column] + 1, current[column - 1] + 1))
    }
    previous = current
  }
  return previous[b.length]
}
