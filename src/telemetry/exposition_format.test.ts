import { describe, expect, it } from 'vitest'
import { formatFor, takesGzip, takesText } from './exposition_format.ts'

/** What Prometheus sends. */
const PROMETHEUS_2_42 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

describe('the format', () => {
  it.each([
    [PROMETHEUS_2_42, 'openmetrics'],
    [PROMETHEUS_3, 'openmetrics'],
    ['application/openmetrics-text', 'openmetrics'],
    ['Application/OpenMetrics-Text; Version="1.0.0"', 'text'],
    ['text/plain, application/openmetrics-text; q=0.9', 'text'],
    ['text/plain; q=0.5, application/openmetrics-text; q=0.9', 'openmetrics'],
    ['application/openmetrics-text; version=0.0.1, text/plain; q=0.1', 'text'],
    ['application/openmetrics-text; version=2.0.0', 'text'],
    ['application/openmetrics-text; q=0', 'text'],
    ['application/openmetrics-text; q=nonsense', 'text'],
    ['application/vnd.google.protobuf', 'text'],
    ['*/*', 'text'],
    ['', 'text'],
    [';;,=,', 'text'],
  ])('for "%s" is %s', (accept, format) => {
    expect(formatFor(accept, true)).toBe(format)
  })

  it('is text where OpenMetrics is not enabled', () => {
    expect(formatFor(PROMETHEUS_3, false)).toBe('text')
  })
})

describe('text', () => {
  it.each([
    [PROMETHEUS_2_42, true],
    ['*/*', true],
    ['text/*', true],
    ['', true],
    ['application/openmetrics-text; version=1.0.0', false],
    ['application/openmetrics-text, text/plain; q=0', false],
  ])('for "%s" is %s', (accept, expected) => {
    expect(takesText(accept)).toBe(expected)
  })
})

describe('gzip', () => {
  it.each([
    ['gzip', true],
    ['gzip, deflate, br', true],
    ['deflate, GZIP;q=0.5', true],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['identity', false],
    ['', false],
  ])('for "%s" is %s', (encoding, expected) => {
    expect(takesGzip(encoding)).toBe(expected)
  })
})
