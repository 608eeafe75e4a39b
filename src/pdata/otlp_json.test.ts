import { describe, expect, it } from 'vitest'
import { decodeJsonRequest } from '../../test/kit/otlp.ts'
import { Delivery } from './delivery.ts'
import { readRequest, requestFromJson, type Signal } from './otlp_request.ts'
import { batchToJson } from './otlp_to_json.ts'
import { cases, officially, randomRequest, rowsOf } from './random_requests_for_tests.ts'

function jsonOf(signal: Signal, body: Buffer): string {
  return JSON.stringify(batchToJson(readRequest(signal, body, new Delivery())))
}

const convert = (signal: Signal, json: string) => requestFromJson(signal, Buffer.from(json))

/** One span, as the official library reads it. */
function spanOf(fields: string): Record<string, unknown> {
  const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[${fields}]}]}]}`
  return rowsOf('traces', convert('traces', json))[0]!.item
}

/** The value of an attribute, as the official library reads it. */
function valueOf(json: string): unknown {
  const span = spanOf(`{"attributes":[{"key":"k","value":${json}}]}`)
  return (span['attributes'] as [{ value: unknown }])[0].value
}

describe('OTLP/JSON', () => {
  it.each(cases(30))('of %s is the same request when it is read back (%i)', (signal, seed) => {
    const body = randomRequest(signal, seed)
    const back = convert(signal, jsonOf(signal, body))
    expect(officially(signal, back)).toEqual(officially(signal, body))
  })

  it('of a request without anything is a list of nothing', () => {
    expect(jsonOf('logs', Buffer.alloc(0))).toBe('{"resourceLogs":[]}')
    expect(decodeJsonRequest('logs', '{"resourceLogs":[]}')).toEqual({ resourceLogs: [] })
    expect(convert('logs', '{}')).toEqual(Buffer.alloc(0))
  })

  it('has 64-bit numbers as text or as numbers, all digits of them', () => {
    for (const time of ['"1790000000123456789"', '1790000000123456789']) {
      expect(spanOf(`{"startTimeUnixNano":${time}}`)).toMatchObject({
        startTimeUnixNano: '1790000000123456789',
      })
    }
    expect(valueOf('{"intValue":-9223372036854775808}')).toEqual({
      intValue: '-9223372036854775808',
    })
    expect(valueOf('{"intValue":"7"}')).toEqual({ intValue: '7' })
    expect(valueOf('{"intValue":1e3}')).toEqual({ intValue: '1000' })
    expect(valueOf('{"intValue":"5.0"}')).toEqual({ intValue: '5' })
  })

  it('has doubles as numbers or as text', () => {
    expect(valueOf('{"doubleValue":3}')).toEqual({ doubleValue: 3 })
    expect(valueOf('{"doubleValue":12345678901234567890}')).toEqual({
      doubleValue: Number('12345678901234567890'),
    })
    expect(valueOf('{"doubleValue":"-Infinity"}')).toEqual({ doubleValue: -Infinity })
    expect(valueOf('{"doubleValue":"2.5e3"}')).toEqual({ doubleValue: 2500 })
    expect(valueOf('{"doubleValue":"NaN"}')).toEqual({ doubleValue: Number.NaN })
  })

  it('has ids in hex digits of either case, or empty', () => {
    const ids = '{"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"b7ad6b7169203331"}'
    expect(spanOf(ids)).toMatchObject({
      traceId: Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex').toString('base64'),
      spanId: Buffer.from('b7ad6b7169203331', 'hex').toString('base64'),
    })
    expect(spanOf('{"parentSpanId":""}')['parentSpanId'] ?? '').toBe('')
  })

  it('has bytes in base64 of either alphabet', () => {
    expect(valueOf('{"bytesValue":"+/8="}')).toEqual({ bytesValue: '+/8=' })
    expect(valueOf('{"bytesValue":"-_8"}')).toEqual({ bytesValue: '+/8=' })
  })

  it('has enums as integers; their names are taken, too', () => {
    expect(spanOf('{"kind":3,"status":{"code":"STATUS_CODE_ERROR"}}')).toMatchObject({
      kind: 3,
      status: { code: 2 },
    })
  })

  it('has null for what is not there, and names that nobody knows', () => {
    expect(spanOf('{"name":null,"later":{"a":[1]},"trace_state":"a=b","kind":2}')).toEqual(
      spanOf('{"kind":2}'),
    )
  })

  it.each([
    ['{"spans"', /^Expected .* in JSON at position 8/],
    ['[]', 'expected an object, received a list'],
    ['{"resourceSpans":{}}', 'resourceSpans: expected a list, received an object'],
    ['{"resourceSpans":[{},7]}', 'resourceSpans[1]: expected an object, received 7'],
    ['{"resourceSpans":[null]}', 'resourceSpans[0]: expected an object, received null'],
  ])('%s is refused with its place', (json, message) => {
    expect(() => convert('traces', json)).toThrow(message)
  })

  it.each([
    ['{"traceId":"12"}', 'traceId: expected 32 hex digits, received "12"'],
    [
      '{"spanId":"zzzzzzzzzzzzzzzz"}',
      'spanId: expected 16 hex digits, received "zzzzzzzzzzzzzzzz"',
    ],
    ['{"name":7}', 'name: expected a string, received 7'],
    ['{"kind":"server"}', 'kind: expected an integer, received "server"'],
    ['{"kind":1.5}', 'kind: expected an integer, received 1.5'],
    ['{"flags":-1}', 'flags: expected an integer from 0 to 4294967295, received -1'],
    [
      '{"startTimeUnixNano":"-1"}',
      'startTimeUnixNano: expected an integer from 0 to 18446744073709551615, received "-1"',
    ],
    ['{"startTimeUnixNano":""}', 'startTimeUnixNano: expected an integer, received ""'],
    ['{"endTimeUnixNano":"0x10"}', 'endTimeUnixNano: expected an integer, received "0x10"'],
    ['{"attributes":[{"key":1}]}', 'attributes[0].key: expected a string, received 1'],
    [
      '{"events":[{},{"attributes":{}}]}',
      'events[1].attributes: expected a list, received an object',
    ],
    [
      '{"attributes":[{"value":{"bytesValue":"?"}}]}',
      'attributes[0].value.bytesValue: expected base64, received "?"',
    ],
    [
      '{"attributes":[{"value":{"boolValue":"true"}}]}',
      'attributes[0].value.boolValue: expected true or false, received "true"',
    ],
    [
      '{"attributes":[{"value":{"doubleValue":"much"}}]}',
      'attributes[0].value.doubleValue: expected a number, received "much"',
    ],
  ])('a span %s is refused with its place', (span, message) => {
    const place = 'resourceSpans[0].scopeSpans[0].spans[0].'
    expect(() => spanOf(span)).toThrow(`${place}${message}`)
  })

  it('tells the place of a number in a list', () => {
    const metric = '{"histogram":{"dataPoints":[{"bucketCounts":["1","x"]}]}}'
    const json = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`
    expect(() => convert('metrics', json)).toThrow(
      'metrics[0].histogram.dataPoints[0].bucketCounts[1]: expected an integer, received "x"',
    )
  })
})
