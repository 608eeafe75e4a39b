import { createHash, createHmac } from 'node:crypto'
import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import {
  firstAttributes,
  jsonOf,
  pairs,
  type Plain,
  type PlainMap,
  receivedBatch,
  shown,
} from '../../src/pdata/attribute_batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { Logs } from '../../src/pdata/logs.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { MAX_VALUE_DEPTH } from '../../src/pdata/otlp_any_value.ts'
import { encodeBatch } from '../../src/pdata/otlp_encode.ts'
import { groupOf, shop } from '../../src/pdata/spans_for_tests.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { redactionConfig } from './config.ts'
import { redaction } from './index.ts'
import { RedactionProcessor } from './processor.ts'

lifecycleTest(redaction)

function run(options: object, batch: OtlpBatch): OtlpBatch {
  const { operator } = new RedactionProcessor(redactionConfig.parse(options))
  let out: Batch[] = []
  of<Batch>(batch)
    .pipe(operator, toArray())
    .subscribe((batches) => (out = batches))
  expect(out[0]!.delivery).toBe(batch.delivery)
  return out[0] as OtlpBatch
}

/** What becomes of the attributes of a span. */
function after(options: object, attributes: PlainMap): PlainMap {
  return firstAttributes(
    run(options, receivedBatch('traces', [{ items: [{ name: 'a', attributes }] }])),
  )
}

const CARD = '4[0-9]{12}(?:[0-9]{3})?'
const blocking = { allow_all_keys: true, blocked_values: [CARD, '(?i)secret'] }

describe('attributes', () => {
  it('are all removed unless they are allowed', () => {
    expect(after({}, { a: 'x', b: 1n })).toEqual({})
    expect(after({ allowed_keys: ['b'] }, { a: 'x', b: 1n })).toEqual({ b: 1n })
    expect(after({ allow_all_keys: true }, { a: 'x', b: 1n })).toEqual({ a: 'x', b: 1n })
  })

  it('have what is blocked in their texts masked', () => {
    const before = {
      a: 'pay 4111111111111111 and 4222222222222',
      b: 'My Secret',
      c: 'x',
      d: 4111111111111n,
    }
    expect(after(blocking, before)).toEqual({ ...before, a: 'pay **** and ****', b: 'My ****' })
  })

  it('of other types are looked at where that is asked for', () => {
    const before = { a: 4111111111111n, b: 1.5, c: ['secret', 'x'], d: true }
    expect(after({ ...blocking, redact_all_types: true }, before)).toEqual({
      a: '****',
      b: 1.5,
      c: '["****","x"]',
      d: true,
    })
  })

  it('have texts in lists and maps masked, and the types of all others kept', () => {
    const before = {
      list: ['secret', 2, ['no', 'Secret 1', 3n]],
      map: { a: { b: 'a secret', c: 2 }, bytes: Buffer.from('secret'), none: null },
      clean: { a: ['x', { b: 2 }] },
    }
    expect(after(blocking, before)).toEqual({
      list: ['****', 2, ['no', '**** 1', 3n]],
      map: { a: { b: 'a ****', c: 2 }, bytes: Buffer.from('secret'), none: null },
      clean: { a: ['x', { b: 2 }] },
    })
  })

  it('have nothing where they lie too deep to be looked at', () => {
    let deep: Plain = 'secret'
    for (let i = 0; i < MAX_VALUE_DEPTH + 2; i++) deep = [deep]
    const text = JSON.stringify(after(blocking, { deep }))
    expect(text).not.toContain('secret')
    expect(text).toContain('[[[')
  })

  it('are masked as a whole where their name is blocked', () => {
    const options = { allow_all_keys: true, blocked_key_patterns: ['token', '^api[.]key$'] }
    const before = { 'my.token': 'a\nb', 'api.key': 7n, api_key: 'x', map: { token: ['a'], b: 2 } }
    expect(after(options, before)).toEqual({
      'my.token': '****',
      'api.key': '****',
      api_key: 'x',
      map: { token: '****', b: 2 },
    })
  })

  it('stay as they are where they are ignored, or their value is allowed', () => {
    const options = {
      ...blocking,
      ignored_keys: ['i'],
      ignored_key_patterns: ['^safe'],
      allowed_values: ['^secret service$'],
      blocked_key_patterns: ['^(i|b)$'],
    }
    const before = { i: 'secret', 'safe.x': 'secret', a: 'secret service', b: 'secret service' }
    expect(after(options, { ...before, c: 'secret' })).toEqual({ ...before, c: '****' })
    expect(after({ ...options, allow_all_keys: false }, before)).toEqual({
      i: 'secret',
      'safe.x': 'secret',
    })
  })

  it.each(['md5', 'sha1', 'sha3'] as const)('are hashed with %s', (hash_function) => {
    const name = hash_function === 'sha3' ? 'sha3-256' : hash_function
    const hash = createHash(name).update('secret').digest('hex')
    expect(after({ ...blocking, hash_function }, { a: 'a secret' })).toEqual({ a: `a ${hash}` })
  })

  it.each(['sha256', 'sha512'])('are hashed with a key and %s', (name) => {
    const options = { ...blocking, hash_function: `hmac-${name}`, hmac_key: 'k' }
    const hash = createHmac(name, 'k').update('secret').digest('hex')
    expect(after(options, { a: 'secret' })).toEqual({ a: hash })
  })
})

describe('the summary', () => {
  const options = {
    ...blocking,
    allow_all_keys: false,
    allowed_keys: ['b', 'a', 'ok'],
    ignored_keys: ['i'],
    allowed_values: ['^fine$'],
  }
  const before = { z: 'x', y: 'x', b: 'secret', a: 'secret', ok: 'fine', i: 'x' }
  const kept = { b: '****', a: '****', ok: 'fine', i: 'x' }
  const counts = {
    'redaction.redacted.count': 2n,
    'redaction.masked.count': 2n,
    'redaction.allowed.count': 1n,
    'redaction.ignored.count': 1n,
  }

  it('tells nothing, counts, or names as well', () => {
    expect(after(options, before)).toEqual(kept)
    expect(after({ ...options, summary: 'info' }, before)).toEqual({ ...kept, ...counts })
    expect(after({ ...options, summary: 'debug' }, before)).toEqual({
      ...kept,
      ...counts,
      'redaction.redacted.keys': 'y,z',
      'redaction.masked.keys': 'a,b',
      'redaction.allowed.keys': 'ok',
    })
  })

  it('adds to that of a redaction before', () => {
    const first = after({ ...options, summary: 'debug' }, before)
    const next = { allowed_keys: ['b'], summary: 'debug' }
    expect(after(next, first)).toEqual({
      b: '****',
      ...counts,
      'redaction.redacted.count': 5n,
      'redaction.redacted.keys': 'a,i,ok,y,z',
      'redaction.masked.keys': 'a,b',
      'redaction.allowed.keys': 'ok',
    })
  })

  it('says nothing where nothing happened', () => {
    expect(after({ allow_all_keys: true, summary: 'debug' }, { a: 'x' })).toEqual({ a: 'x' })
  })
})

describe('log bodies', () => {
  const bodyAfter = (
    options: object,
    body: Plain,
  ): [body: Plain | undefined, PlainMap | undefined] => {
    const batch = receivedBatch('logs', [{ items: [{ body: jsonOf(body) }] }])
    const out = shown(run({ ...options, summary: 'debug' }, batch))[0]!.items[0]!
    return [(out['body'] as Plain | undefined) ?? out.name, out.attributes]
  }

  it('have what is blocked masked, of every type', () => {
    expect(bodyAfter(blocking, 'a secret')).toEqual([
      'a ****',
      { 'redaction.body.masked.keys': 'body', 'redaction.body.masked.count': 1n },
    ])
    expect(bodyAfter(blocking, 4111111111111n)[0]).toBe('****')
    expect(bodyAfter(blocking, 'fine')).toEqual(['fine', {}])
  })

  it('that are maps are judged by their keys, at every level', () => {
    const body = {
      user: 'x',
      ok: { user: 1n, ok: 'secret', list: ['secret', { ok: 2, i: 'secret' }] },
      list: ['fine'],
      token: { a: 'b' },
      i: 'secret',
    }
    const options = {
      allowed_keys: ['ok', 'list', 'token'],
      ignored_keys: ['i'],
      blocked_key_patterns: ['token'],
      blocked_values: ['secret'],
      allowed_values: ['fine'],
    }
    expect(bodyAfter(options, body)).toEqual([
      {
        ok: { ok: '****', list: ['****', { ok: 2, i: 'secret' }] },
        list: ['fine'],
        token: '****',
        i: 'secret',
      },
      {
        'redaction.body.redacted.keys': 'ok.user,user',
        'redaction.body.redacted.count': 2n,
        'redaction.body.masked.keys': 'ok.list.[0],ok.ok,token',
        'redaction.body.masked.count': 3n,
        'redaction.body.allowed.keys': 'list.[0]',
        'redaction.body.allowed.count': 1n,
        'redaction.body.ignored.count': 2n,
      },
    ])
  })

  it('that are lists are gone through', () => {
    expect(bodyAfter(blocking, ['secret', [1n, 'a secret']])).toEqual([
      ['****', [1n, 'a ****']],
      { 'redaction.body.masked.keys': '[0],[1].[1]', 'redaction.body.masked.count': 2n },
    ])
  })
})

describe('batches', () => {
  /** Everything of a batch that goes over the network. */
  const bytesOf = (batch: OtlpBatch): string => {
    const out = new ProtoWriter()
    encodeBatch(batch, out)
    return out.toBytes().toString('latin1')
  }
  const secret = { a: 'secret' }

  it.each(['traces', 'logs', 'metrics'] as const)(
    'of %s have no secret left anywhere',
    (signal) => {
      const inner = [{ attributes: pairs(secret) }]
      const more = signal === 'traces' ? { events: inner, links: inner } : {}
      const items = [{ name: 'x', attributes: secret, ...more }]
      const batch = receivedBatch(signal, [{ resource: secret, items }])
      const before = bytesOf(batch)
      expect(before).toContain('secret')
      const out = bytesOf(run(blocking, batch))
      expect(out).not.toContain('secret')
      expect(out).toContain('****')
      expect(bytesOf(batch)).toBe(before)
    },
  )

  it.each(['traces', 'logs', 'metrics'] as const)(
    'of %s come out themselves where nothing is blocked',
    (signal) => {
      const items = [{ name: 'x', attributes: { a: 'b' } }]
      const batch = receivedBatch(signal, [{ resource: { r: 'r' }, items }])
      expect(run(blocking, batch)).toBe(batch)
    },
  )

  it('have the attributes of scopes redacted', () => {
    const group = { ...groupOf('a'), scope: { name: 's', version: '', attributes: secret } }
    const totals = [{ resource: shop, totals: [] }]
    const out = run(blocking, new Traces([group], new Delivery(), totals)) as Traces
    expect(out.groups[0]!.scope.attributes).toEqual({ a: '****' })
    expect(out.totals.length).toBe(1)
  })

  it('keep the other fields of log records', () => {
    const items = [{ name: 'a secret', severityNumber: 9, timeUnixNano: '5', attributes: secret }]
    const out = run(blocking, receivedBatch('logs', [{ items }])) as Logs
    expect(out.groups[0]!.logs.at(0)).toMatchObject({
      severity: 9,
      timeNs: 5n,
      body: 'a ****',
      attributes: { a: '****' },
    })
  })
})
