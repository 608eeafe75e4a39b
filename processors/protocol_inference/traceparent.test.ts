import { describe, expect, it } from 'vitest'
import { emptyParent, readTraceparent } from './traceparent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

/** The value read out of the middle of other hex digits: `trace span flags`, or empty. */
function read(value: string): string {
  const bytes = Buffer.from(`ab-${value}-01`, 'latin1')
  const into = emptyParent()
  if (!readTraceparent(bytes, 3, 3 + value.length, into)) return ''
  return `${into.traceId.toString('hex')} ${into.spanId.toString('hex')} ${into.flags}`
}

describe('traceparent', () => {
  it.each([
    ['a sampled parent', `00-${TRACE}-${SPAN}-01`, 1],
    ['a parent that is not sampled', `00-${TRACE}-${SPAN}-00`, 0],
    ['all flags', `00-${TRACE}-${SPAN}-ff`, 255],
    ['a later version', `cc-${TRACE}-${SPAN}-01`, 1],
    ['a later version with more', `01-${TRACE}-${SPAN}-01-what-comes`, 1],
    ['a later version with an empty rest', `01-${TRACE}-${SPAN}-01-`, 1],
  ])('is read with %s', (_, value, flags) => {
    expect(read(value)).toBe(`${TRACE} ${SPAN} ${flags}`)
  })

  it.each([
    ['nothing', ''],
    ['a digit missing', `00-${TRACE}-${SPAN}-0`],
    ['a digit too many', `00-${TRACE}-${SPAN}-011`],
    ['more behind version 00', `00-${TRACE}-${SPAN}-01-x`],
    ['more without a dash behind a later version', `01-${TRACE}-${SPAN}-01x`],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['a version that is no number', `0g-${TRACE}-${SPAN}-01`],
    ['upper case in the trace id', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['upper case in the span id', `00-${TRACE}-${SPAN.toUpperCase()}-01`],
    ['upper case in the flags', `00-${TRACE}-${SPAN}-0A`],
    ['upper case in the version', `AA-${TRACE}-${SPAN}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a letter that is no digit at the end of the trace id', `00-${TRACE.slice(1)}g-${SPAN}-01`],
    ['no first dash', `000${TRACE}-${SPAN}-01`],
    ['no second dash', `00-${TRACE}0${SPAN}-01`],
    ['no third dash', `00-${TRACE}-${SPAN}001`],
    ['bytes above ASCII', `00-${TRACE.slice(1)}\xe4-${SPAN}-01`],
    ['a blank inside', `00-${TRACE.slice(1)} -${SPAN}-01`],
  ])('is no parent with %s', (_, value) => {
    expect(read(value)).toBe('')
  })
})
