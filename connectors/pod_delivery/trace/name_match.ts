import { linearRegExp } from '../../../src/helpers/linear_regexp.ts'
import type { DeliveryEvent } from '../../../src/helpers/delivery/model.ts'
import type { NamedEvent } from './stage_config.ts'

/** Tells whether an event is one of those that an option names. */
export type EventTest = (event: DeliveryEvent) => boolean

/** The test for one name of an option. */
export function eventTest(named: NamedEvent): EventTest {
  if (typeof named === 'string') return nameTest(named)
  const isNamed = nameTest(named.name)
  const message = linearRegExp(named.message)
  return (event) => isNamed(event) && message.test(event.message)
}

/** True where one of the tests is. */
export function anyOf(named: readonly NamedEvent[]): EventTest {
  const tests = named.map(eventTest)
  return (event) => {
    for (const test of tests) if (test(event)) return true
    return false
  }
}

/** True for a name that one of them may have, whatever the message. */
export function anyNameOf(named: readonly NamedEvent[]): (name: string) => boolean {
  const tests = named.map((one) => namePattern(typeof one === 'string' ? one : one.name))
  return (name) => tests.some((test) => test(name))
}

function nameTest(pattern: string): EventTest {
  const fits = namePattern(pattern)
  return ({ name }) => fits(name)
}

function namePattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*')
  if (parts.length === 1) return (name) => name === pattern
  const [head = '', ...rest] = parts
  const tail = rest.pop() ?? ''
  return (name) =>
    name.length >= head.length + tail.length &&
    name.startsWith(head) &&
    name.endsWith(tail) &&
    hasInOrder(name, rest, head.length, name.length - tail.length)
}

/** True where the texts follow each other within a part of the name. */
function hasInOrder(name: string, texts: readonly string[], from: number, to: number): boolean {
  let at = from
  for (const text of texts) {
    const found = name.indexOf(text, at)
    if (found < 0 || found + text.length > to) return false
    at = found + text.length
  }
  return true
}
