import { readFileSync } from 'node:fs'
import { BpfObject, type StructMember } from 'libbpf-addon'
import { describe, expect, it } from 'vitest'
import { objectPath } from '../../src/kernel/objects.ts'
import {
  HTTP_COUNTERS,
  HTTP_END,
  HTTP_EXCHANGE,
  HTTP_FLAG,
  HTTP_ROLE,
} from '../../src/pdata/http_record.ts'
import {
  BUCKETS,
  HTTP_BUCKETS,
  HTTP_METHODS,
  HTTP_TOTAL,
  HTTP_TOTAL_KEY,
  TOTAL_KEY_SIZE,
  TOTAL_SIZE,
} from '../../src/pdata/http_total.ts'

/** Named structs stand as a whole and by their members; padding has no name of ours. */
function isField({ name }: StructMember): boolean {
  return name !== 'socket' && !name.split('.').at(-1)!.startsWith('_pad')
}

/** Every field of the record as the compiler laid it out. */
function recordFields(): StructMember[] {
  using object = BpfObject.open(objectPath('http'))
  return object.structLayout('http_exchange').members.filter(isField)
}

describe('struct http_exchange in the built object', () => {
  const fields = recordFields()
  const by = (key: 'offset' | 'size'): Record<string, number> =>
    Object.fromEntries(fields.map((field) => [field.name, field[key]]))

  it('has every field where HTTP_EXCHANGE says, and no others', () => {
    expect(by('offset')).toEqual(HTTP_EXCHANGE)
  })

  it('has fields of the sizes by which HttpObservations reads them', () => {
    const sizes = by('size')
    const named = (suffix: string): string[] =>
      Object.keys(sizes).filter((name) => name.endsWith(suffix))
    const of = (names: string[]): Set<number> => new Set(names.map((name) => sizes[name] as number))
    expect(of([...named('_ns'), ...named('_body'), 'socket.cookie'])).toEqual(new Set([8]))
    expect(of([...named('_seq'), 'type', 'error', 'socket.pid'])).toEqual(new Set([4]))
    expect(of([...named('_port'), 'status', 'flags', 'head_length'])).toEqual(new Set([2]))
    expect(of(['role', 'end', 'version'])).toEqual(new Set([1]))
    expect(of([...named('_address'), 'socket.comm'])).toEqual(new Set([16]))
  })

  it('ends with the head, so that a record can be handed over by its length', () => {
    expect(fields.at(-1)).toMatchObject({ name: 'head', size: 512 })
  })
})

/** The enumerators of an enum in the header, in our spelling: without prefix, in lower case. */
function enumerators(name: string, prefix: string): [string, number][] {
  const header = readFileSync(new URL('../../bpf/http/http.h', import.meta.url), 'utf8')
  const body = new RegExp(`enum ${name} \\{(.*?)\\n\\};`, 's').exec(header)?.[1] ?? ''
  const items = body.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/(\w+)\s*(?:=\s*([^,]+))?,/g)
  let next = 0
  return [...items].map(([, item = '', value]) => {
    const number = value === undefined ? next : valueOf(value)
    next = number + 1
    expect(item.startsWith(prefix), `${item} begins with ${prefix}`).toBe(true)
    return [item.slice(prefix.length).toLowerCase(), number]
  })
}

/** `3`, or `1 << 3`. */
function valueOf(text: string): number {
  const [one, shift = '0'] = text.trim().split(/\s*<<\s*/)
  return Number(one) << Number(shift)
}

describe('the structs of totals in the built object', () => {
  const members = (name: string): Record<string, number> => {
    using object = BpfObject.open(objectPath('http'))
    const { size, members } = object.structLayout(name)
    const own = members.filter(({ name: one }) => !one.includes('.') && !one.startsWith('_pad'))
    return { ...Object.fromEntries(own.map((field) => [field.name, field.offset])), size }
  }

  it('have every field where TypeScript says, and no others', () => {
    expect(members('http_total_key')).toEqual({ ...HTTP_TOTAL_KEY, size: TOTAL_KEY_SIZE })
    expect(members('http_total')).toEqual({ ...HTTP_TOTAL, size: TOTAL_SIZE })
    const { sums, counts } = HTTP_BUCKETS
    expect(members('http_buckets')).toEqual({ sums, counts, size: counts + BUCKETS * 4 })
    expect(counts - sums).toBe(BUCKETS * 8)
  })

  it('have a socket as records have it', () => {
    using object = BpfObject.open(objectPath('http'))
    const inside = object
      .structLayout('http_total_key')
      .members.filter(({ name }) => name.startsWith('socket.'))
    const offsets = inside.map(({ name, offset }) => [
      name,
      offset + HTTP_EXCHANGE['socket.cookie'],
    ])
    expect(HTTP_EXCHANGE).toMatchObject(Object.fromEntries(offsets))
  })
})

describe('the enums of bpf/http/http.h', () => {
  it.each([
    ['http_role', 'ROLE_', HTTP_ROLE],
    ['http_end', 'END_', HTTP_END],
    ['http_flag', 'FLAG_', HTTP_FLAG],
  ] as const)('%s has the values that TypeScript has', (name, prefix, ours) => {
    expect(Object.fromEntries(enumerators(name, prefix))).toEqual(ours)
  })

  it('http_method has the methods in their order', () => {
    const names = HTTP_METHODS.map((name, i) => [name.replace('_', '').toLowerCase(), i])
    expect(enumerators('http_method', 'METHOD_')).toEqual(names)
  })

  it('http_counter has the names of the counters in their order, and an end', () => {
    const names = [...HTTP_COUNTERS, 'max'].map((name, i) => [name, i])
    expect(enumerators('http_counter', 'COUNT_')).toEqual(names)
  })
})
