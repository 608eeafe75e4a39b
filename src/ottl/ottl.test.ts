import { describe, expect, it } from 'vitest'
import {
  compileCondition,
  compileStatement,
  type Context,
  OttlError,
  OttlSyntaxError,
} from './index.ts'
import { logEnv, spanEnv, spanOut } from './envs_for_tests.ts'

const SPAN = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'GET /shop',
  kind: 2,
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000250000000',
  attributes: [
    { key: 'http.route', value: { stringValue: '/shop/{id}' } },
    { key: 'status', value: { intValue: '200' } },
    { key: 'ratio', value: { doubleValue: 0.5 } },
    { key: 'whole', value: { doubleValue: 5 } },
    { key: 'ok', value: { boolValue: true } },
    { key: 'blob', value: { bytesValue: 'AAEC' } },
    {
      key: 'tags',
      value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } },
    },
    { key: 'deep', value: { kvlistValue: { values: [{ key: 'x', value: { intValue: '7' } }] } } },
    { key: 'json', value: { stringValue: '{"a":[1,2.5],"b":null}' } },
    { key: 'none', value: {} },
  ],
  status: { code: 2, message: 'boom' },
}

const holds = (text: string, context: Context = 'span'): boolean =>
  compileCondition(context, text).test(spanEnv(SPAN))

function failure(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof OttlError || error instanceof OttlSyntaxError) return error.message
    throw error
  }
  return 'nothing'
}

describe('conditions', () => {
  it.each([
    'true',
    'not false',
    'not (false or false)',
    'true or true and false',
    'name == "GET /shop"',
    'span.name == "GET /shop" and resource.attributes["service.name"] == "shop"',
    'instrumentation_scope.name == "lib" and scope.version == "1.2"',
    'kind == SPAN_KIND_SERVER and status.code == STATUS_CODE_ERROR',
    'kind.string == "Server" and status.message == "boom"',
    'attributes["status"] >= 200 and attributes["status"] < 300',
    'attributes["status"] == 200.0',
    'attributes["ratio"] == .5 and attributes["ratio"] < 1',
    'attributes["missing"] == nil and nil == attributes["none"]',
    'attributes["ok"] == true and attributes["ok"] != false and false < true',
    'attributes["blob"] == 0x000102',
    'attributes["tags"] == ["a", "b"] and attributes["tags"][1] == "b"',
    'attributes["deep"] == {"x": 7} and attributes["deep"]["x"] == 7',
    'attributes["deep"]["y"]["z"] == nil',
    'attributes["status"] != "200"',
    'not attributes["status"] < "300"',
    'end_time_unix_nano - start_time_unix_nano > 200000000',
    'end_time - start_time == Duration("250ms")',
    'Milliseconds(end_time - start_time) == 250',
    '1 + 2 * 3 == 7 and (1 + 2) * 3 == 9 and 7 / 2 == 3 and -7 / 2 == -3',
    '7.0 / 2 == 3.5 and 1 -1 == 0 and 2-1 == 1',
    '9223372036854775807 + 1 == -9223372036854775808',
    'trace_id == TraceID("0af7651916cd43dd8448eb211c80319c")',
    'trace_id.string == "0af7651916cd43dd8448eb211c80319c"',
    'parent_span_id == SpanID(0x0000000000000000) and IsRootSpan()',
    'parent_span_id.string == ""',
    'IsMatch(name, "^GET /.*p$") and not IsMatch(name, "^get") and IsMatch(name, "(?i)^get")',
    'IsMatch(attributes["status"], "^2\\\\d\\\\d$") and not IsMatch(attributes["missing"], ".*")',
    'IsString(name) and IsInt(attributes["status"]) and IsDouble(attributes["whole"])',
    'IsBool(attributes["ok"]) and IsMap(attributes["deep"]) and IsList(attributes["tags"])',
    'IsEmpty(attributes["missing"]) and IsEmpty("") and not IsEmpty(1)',
    'Concat(["a", 1, 2.5, true, nil], "-") == "a-1-2.5-true-<nil>"',
    'Split("a,b,c", ",")[1] == "b" and Len(Split("a,b", ",")) == 2 and Len("ä") == 2',
    'Substring("hello", 1, 3) == "ell" and ToLowerCase("AbC") == "abc" and ToUpperCase("a") == "A"',
    'Int("42") == 42 and Int("x") == nil and Int(2.9) == 2 and Int(true) == 1 and Int("2.0") == nil',
    'Double("1.5") == 1.5 and IsDouble(Double(2)) and String(2.0) == "2" and String(1000000.0 * 1000000000000000000) == "1000000000000000000000000"',
    'SHA256("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"',
    'SHA1("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709" and MD5("") == "d41d8cd98f00b204e9800998ecf8427e"',
    'FNV("hello world") == 8618312879776256743 and FNV("") == -3750763034362895579',
    'ParseJSON(attributes["json"])["a"][1] == 2.5 and ParseJSON(attributes["json"])["b"] == nil',
    'ParseKeyValue("k1=v1 k2=\\"v 2\\"")["k2"] == "v 2"',
    'ExtractPatterns(name, "^(?P<method>\\\\w+) (?P<path>.*)$") == {"method": "GET", "path": "/shop"}',
    'IsInCIDR("10.1.2.3", ["192.168.0.0/16", "10.0.0.0/8"]) and not IsInCIDR("fe80::1", ["::1/128"])',
    'ConvertCase("myHTTPName", "snake") == "my_http_name" and ToCamelCase("my_name") == "MyName"',
    'Trim("  a ") == "a" and TrimPrefix("abc", "ab") == "c" and TrimSuffix("abc", "bc") == "a"',
    'HasPrefix(name, "GET") and HasSuffix(name, "shop") and Hex(12) == "000000000000000c"',
    'ContainsValue(["x", "y"], "y") and Index("hello", "l") == 2 and Index(["a"], "b") == -1',
    'Coalesce([attributes["missing"], name, "z"]) == "GET /shop"',
    'ParseInt("0xff", 0) == 255 and ParseInt("-20", 8) == -16',
    'URL("https://u:p@h.io:8443/a/b.txt?q=1#f")["url.port"] == 8443',
    'Format("%s-%03d", ["a", 7]) == "a-007" and Base64Encode("hi") == "aGk="',
    'FormatTime(Time("2023-02-04 01:02:03", "%Y-%m-%d %H:%M:%S"), "%d.%m.%Y %H:%M") == "04.02.2023 01:02"',
    'UnixSeconds(Time("2023-07-01T12:00:00+02:00", "%Y-%m-%dT%H:%M:%S%j")) == 1688205600',
    'Year(start_time) == 2023 and Month(start_time) == 11 and Day(start_time) == 14 and Weekday(start_time) == 2',
    'attributes[Concat(["sta", "tus"], "")] == 200',
    'Sort([3, 1, 2]) == [1, 2, 3] and Keys({"a": 1}) == ["a"] and Values({"a": 1}) == [1]',
  ])('%s', (text) => {
    expect(holds(text)).toBe(true)
  })

  it('gives what is known of a log record', () => {
    const env = logEnv({
      severityNumber: 17,
      severityText: 'ERROR',
      body: { kvlistValue: { values: [{ key: 'msg', value: { stringValue: 'no' } }] } },
      timeUnixNano: '1700000000000000001',
      eventName: 'boot',
    })
    const text =
      'severity_number >= SEVERITY_NUMBER_ERROR and body["msg"] == "no" and log.event_name == "boot" ' +
      'and time_unix_nano == 1700000000000000001 and body.string == "{\\"msg\\":\\"no\\"}" and IsMap(body)'
    expect(compileCondition('log', text).test(env)).toBe(true)
  })
})

describe('errors of a text say what is wrong and where', () => {
  it.each([
    ['', 'expected a value, received the end, at character 1'],
    ['name = "x"', 'expected an operator or the end, received "=", at character 6'],
    ['name ==', 'expected a value, received the end, at character 8'],
    ['nane == "x"', 'unknown path span.nane, did you mean "span.name"?, at character 1'],
    [
      'log.body == 1',
      'there is no log in the context span (there are span, scope, resource), at character 1',
    ],
    ['Ismatch(name, "x")', 'unknown function Ismatch, did you mean "IsMatch"?, at character 1'],
    [
      'kind == SPAN_KIND_SERVR',
      'unknown enum SPAN_KIND_SERVR, did you mean "SPAN_KIND_SERVER"?, at character 9',
    ],
    ['IsMatch(name)', 'IsMatch lacks its argument "pattern", at character 1'],
    ['IsMatch(name, 5)', 'expected a string as "pattern", received int, at character 15'],
    [
      'IsMatch(name, "(")',
      'the regular expression cannot be read: error parsing regexp: missing closing ): `(`, at character 15',
    ],
    ['IsMatch(name, "a", "b")', 'expected at most 2 arguments for IsMatch, at character 20'],
    [
      'IsMatch(target=name, patern="b")',
      'IsMatch has no argument "patern", did you mean "pattern"?, at character 22',
    ],
    [
      'attributes["x"]',
      'expected a condition: a comparison, a converter, true or false, at character 1',
    ],
    ['Len(name)', 'expected true or false from Len, which gives int, at character 1'],
    ['name["x"] == 1', 'span.name has no keys, at character 6'],
    ['name == "\\d"', 'unknown escape "\\d" (a backslash is written "\\\\"), at character 10'],
    ['name == "x', 'a string has no end, at character 9'],
    ['name == 0x123', 'expected an even number of hex digits, at character 9'],
    ['name == 99999999999999999999', '99999999999999999999 is no int64, at character 9'],
    ['name ## 1', 'unexpected "#", at character 6'],
    ['(name == "x"', 'expected ")", received the end, at character 13'],
    ['1 + "x" == 2', 'string cannot be calculated with, at character 5'],
    ['SHA256(1) == "x"', 'expected a string as "value", received int, at character 8'],
    [
      'IsInCIDR("1.2.3.4", ["1.2.3.4"])',
      'expected a network such as "10.0.0.0/8", received "1.2.3.4", at character 21',
    ],
    [
      'HasAttrKeyOnDatapoint("x")',
      'HasAttrKeyOnDatapoint is for the context metric, not span, at character 1',
    ],
  ])('%s', (text, message) => {
    expect(failure(() => compileCondition('span', text))).toBe(message)
  })

  it.each([
    [
      'Set(name, "x")',
      'expected an editor, whose name begins with a small letter, received "Set", at character 1',
    ],
    ['set(name, "x") when true', 'expected "where" or the end, received "when", at character 16'],
    ['set("name", "x")', 'expected a path as "target", at character 5'],
    ['set(kind.string, "x")', 'span.kind.string cannot be changed, at character 5'],
    ['keep_keys(name, ["a"])', 'span.name is no map that can be changed, at character 11'],
    ['limit(attributes, -1, [])', 'expected a whole number from 0 as "limit", at character 19'],
    [
      'merge_maps(attributes, {}, "put")',
      'expected "insert" or "update" or "upsert" as "strategy", at character 28',
    ],
    ['replace_pattern(name, "a", "b", Len)[0]', 'an editor has no keys, at character 38'],
  ])('%s', (text, message) => {
    expect(failure(() => compileStatement('span', text))).toBe(message)
  })
})

describe('what goes wrong with data', () => {
  it.each([
    ['1 / (attributes["status"] - 200) == 1', 'division by zero'],
    ['1.0 / 0.0 == 1', 'division by zero'],
    ['1 + attributes["http.route"] == 1', 'int + string has no value'],
    ['attributes["http.route"]["x"] == 1', 'string has no key "x"'],
    ['attributes["tags"][2] == 1', 'index 2 is outside of a list of 2'],
    ['Len(attributes["missing"]) == 1', 'nil has no length'],
    ['HasPrefix(attributes["status"], "2")', 'expected a string as "value", received int'],
    ['ParseJSON("{") == nil', 'the text is no JSON'],
    ['Substring("abc", 2, 5) == ""', 'bytes 2 to 7 are outside of a string of 3'],
    ['IsMatch(name, attributes["json"])', 'nothing'],
  ])('%s', (text, message) => {
    expect(failure(() => holds(text))).toBe(message)
  })
})

describe('statements', () => {
  it.each([
    ['set(name, "x")', { name: 'x' }],
    ['set(name, Concat([attributes["http.route"], name], " "))', { name: '/shop/{id} GET /shop' }],
    ['set(kind, SPAN_KIND_CLIENT)', { kind: 3 }],
    ['set(status.code, STATUS_CODE_OK)', { status: { code: 1, message: 'boom' } }],
    ['set(status.message, "")', { status: { code: 2, message: '' } }],
    ['set(end_time, start_time + Duration("1s"))', { endNs: 1_700_000_001_000_000_000n }],
    ['set(start_time_unix_nano, 5)', { startNs: 5n }],
    [
      'set(trace_id.string, "000102030405060708090a0b0c0d0e0f")',
      { traceId: '000102030405060708090a0b0c0d0e0f' },
    ],
    ['set(name, "x") where kind == SPAN_KIND_CLIENT', {}],
    ['set(name, attributes["missing"])', {}],
    ['replace_pattern(name, "^(\\\\w+) /(.*)$", "$2 $${1}")', { name: 'shop ${1}' }],
    ['replace_match(name, "GET /*", "all")', { name: 'all' }],
    [
      'replace_pattern(name, "shop", "x", SHA1, "<%s>")',
      { name: 'GET /<11f6ad8ec52a2984abaafd7c3b516503785c2072>' },
    ],
  ])('%s', (text, changes) => {
    const before = spanOut(spanEnv(SPAN))
    const env = spanEnv(SPAN)
    compileStatement('span', text).run(env)
    expect(spanOut(env)).toEqual({ ...before, ...changes })
  })

  it.each([
    ['set(attributes["new"], 1.5)', { new: 1.5 }],
    ['set(attributes["status"], "ok")', { status: 'ok' }],
    ['set(attributes["a"]["b"], 1)', { a: { b: 1 } }],
    ['set(attributes["tags"][0], "z")', { tags: ['z', 'b'] }],
    ['delete_key(attributes, "status")', { status: undefined }],
    ['delete_matching_keys(attributes, "^(st|r)a")', { status: undefined, ratio: undefined }],
    ['replace_all_patterns(attributes, "value", "shop", "x")', { 'http.route': '/x/{id}' }],
    [
      'replace_all_patterns(attributes, "key", "^http\\\\.", "h.")',
      { 'http.route': undefined, 'h.route': '/shop/{id}' },
    ],
    ['truncate_all(attributes, 5)', { 'http.route': '/shop', json: '{"a":' }],
    [
      'truncate_all(attributes, 5, truncation_marker="..")',
      { 'http.route': '/sh..', json: '{"a..' },
    ],
    ['merge_maps(attributes, {"status": 1, "n": 2}, "insert")', { n: 2 }],
    ['merge_maps(attributes, {"status": 1, "n": 2}, "update")', { status: 1 }],
    ['merge_maps(attributes, ParseJSON(attributes["json"]), "upsert")', { a: [1, 2.5], b: null }],
    [
      'flatten(attributes)',
      { tags: undefined, 'tags.0': 'a', 'tags.1': 'b', deep: undefined, 'deep.x': 7 },
    ],
    ['append(attributes["tags"], "c")', { tags: ['a', 'b', 'c'] }],
    ['append(attributes["status"], values=["c"])', { status: [200, 'c'] }],
    ['delete_index(attributes["tags"], 0)', { tags: ['b'] }],
    ['delete_key(attributes["deep"], "x")', { deep: {} }],
    ['set(attributes["t"], start_time)', { t: '2023-11-14T22:13:20Z' }],
  ])('%s', (text, changes) => {
    const before = spanOut(spanEnv(SPAN)).attributes
    const env = spanEnv(SPAN)
    compileStatement('span', text).run(env)
    const wanted = Object.entries({ ...before, ...changes }).filter(
      ([, value]) => value !== undefined,
    )
    expect(spanOut(env).attributes).toEqual(Object.fromEntries(wanted))
  })

  it('keeps only what it is told to keep', () => {
    const env = spanEnv(SPAN)
    compileStatement('span', 'keep_keys(attributes, ["ok", "zz"])').run(env)
    expect(spanOut(env).attributes).toEqual({ ok: true })
    compileStatement('span', 'set(attributes, {"a": 1, "b": 2, "c": 3})').run(env)
    compileStatement('span', 'limit(attributes, 2, ["c"])').run(env)
    expect(spanOut(env).attributes).toEqual({ c: 3, a: 1 })
  })

  it('keeps things for later statements in the cache', () => {
    const env = spanEnv(SPAN)
    compileStatement('span', 'set(cache["a"], name)').run(env)
    compileStatement('span', 'set(attributes["a"], cache["a"])').run(env)
    expect(spanOut(env).attributes['a']).toBe('GET /shop')
  })
})
