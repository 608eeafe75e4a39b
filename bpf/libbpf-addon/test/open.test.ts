import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { BpfError, BpfObject } from '../lib/index.js'
import { errorOf, loadObject, objectFile, openObject, packet } from './support.js'

describe('opening an object file', () => {
  it('takes a path and calls the object after its file', () => {
    using object = BpfObject.open(objectFile('kinds'))
    expect(object.name).toBe('kinds')
  })

  it('takes bytes, at any place of a larger buffer, and a name', () => {
    const file = readFileSync(objectFile('kinds'))
    const shifted = Buffer.concat([Buffer.from('odd'), file]).subarray(3)
    using object = BpfObject.open(shifted, { name: 'given' })
    expect(object.name).toBe('given')
    object.load()
  })

  it('lists programs with section, type and whether they load', () => {
    using object = openObject('kinds')
    const byName = new Map(object.programs.map((program) => [program.name, program]))
    expect(byName.get('on_packet')).toEqual({
      name: 'on_packet',
      section: 'cgroup_skb/egress',
      type: 'cgroup_skb',
      autoload: true,
    })
    expect(byName.get('on_state_btf')?.type).toBe('tracing')
    expect(byName.get('on_state_raw')?.type).toBe('raw_tracepoint')
    expect(byName.get('on_state')?.type).toBe('tracepoint')
    expect(byName.get('on_call')?.type).toBe('kprobe')
    expect(byName.get('on_entry')?.autoload).toBe(false)
  })

  it('lists maps with their sizes', () => {
    using object = openObject('maps')
    expect(object.maps).toContainEqual({
      name: 'table',
      type: 'hash',
      keySize: 8,
      valueSize: 3,
      maxEntries: 10000,
    })
  })

  it('says which file is missing', () => {
    const error = errorOf<BpfError>(() => BpfObject.open('/nowhere/x.bpf.o'))
    expect(error).toBeInstanceOf(BpfError)
    expect(error.message).toBe('open object /nowhere/x.bpf.o: ENOENT (no such file or directory)')
    expect(error).toMatchObject({ code: 'ENOENT', errno: 2 })
  })
})

describe('a broken object file', () => {
  it.each([
    ['nothing', Buffer.alloc(0), '0 bytes, an ELF header has 64'],
    ['noise', Buffer.alloc(4096, 0xa5), 'it does not start with the ELF magic'],
    ['a program of this machine', readFileSync(process.execPath).subarray(0, 4096), 'relocatable'],
  ])('is refused by name when it is %s', (_, bytes, why) => {
    const error = errorOf<Error & { code: string }>(() => BpfObject.open(bytes, { name: 'bad' }))
    expect(error.code).toBe('ERR_NOT_BPF_OBJECT')
    expect(error.message).toMatch(/^open object "bad": not a BPF object file: /)
    expect(error.message).toContain(why)
  })

  it('is refused by libbpf with its words when it is cut short, wherever', () => {
    const file = readFileSync(objectFile('kinds'))
    for (let length = 64; length < file.length; length += 97) {
      const error = errorOf<BpfError>(() =>
        BpfObject.open(file.subarray(0, length), { name: 'cut' }),
      )
      expect(error).toBeInstanceOf(BpfError)
      expect(error.message).toMatch(/^open object "cut": \w+ \(.+\)/)
      expect(error.log).toMatch(/^libbpf: /m)
    }
  })

  it('prints nothing to standard error', () => {
    const written: unknown[] = []
    const write = process.stderr.write
    process.stderr.write = (chunk: unknown) => written.push(chunk) > 0
    try {
      errorOf(() => BpfObject.open(readFileSync(objectFile('kinds')).subarray(0, 500)))
    } finally {
      process.stderr.write = write
    }
    expect(written).toEqual([])
  })
})

describe('loading', () => {
  it('names the program that the verifier refuses, with its last two lines', () => {
    using object = openObject('refused')
    const error = errorOf<BpfError>(() => object.load())
    expect(error).toBeInstanceOf(BpfError)
    expect(error.code).toBe('EACCES')
    expect(error.errno).toBe(13)
    expect(error.operation).toBe('load program "reads_too_far" of object "refused"')
    expect(error.message).toMatch(
      /^load program "reads_too_far" of object "refused": EACCES \(permission denied\): .+: .*(unbounded|invalid access|min value|outside).* \(\d+ lines omitted\)$/,
    )
    expect(error.log).toMatch(/BEGIN PROG LOAD LOG/)
    expect(error.log.split('\n').length).toBeGreaterThan(10)
  })

  it('keeps the log out of what loggers print', () => {
    using object = openObject('refused')
    const error = errorOf<BpfError>(() => object.load())
    expect(Object.keys(error)).not.toContain('log')
  })

  it('cannot be repeated after a failure', () => {
    using object = openObject('refused')
    errorOf(() => object.load())
    expect(() => object.load()).toThrow(
      'load again: object "refused" failed to load, open it again',
    )
  })

  it('leaves out programs whose autoload is off', () => {
    using object = openObject('refused')
    object.setAutoload('reads_too_far', false)
    object.load()
    expect(object.testRun('lets_pass', { data: packet }).returnValue).toBe(1)
    const error = errorOf<Error & { code: string }>(() => object.testRun('reads_too_far', {}))
    expect(error.code).toBe('ERR_STATE')
    expect(error.message).toBe(
      'program "reads_too_far" of object "refused" was not loaded: its autoload is off',
    )
  })

  it('sizes maps as told before', () => {
    using object = openObject('maps')
    object.setMaxEntries('table', 77)
    object.load()
    expect(object.map('table').maxEntries).toBe(77)
    expect(() => object.setMaxEntries('table', 78)).toThrow(
      'size a map: object "maps" is already loaded',
    )
  })
})

describe('names and arguments', () => {
  it('offers the nearest name for a slip', () => {
    using object = loadObject('kinds')
    expect(() => object.attach('on_state_bft')).toThrow(
      'object "kinds" has no program "on_state_bft", did you mean "on_state_btf"?',
    )
    expect(() => object.map('run')).toThrow('object "kinds" has no map "run", did you mean "runs"?')
    expect(errorOf(() => object.map('run'))).toMatchObject({ code: 'ERR_UNKNOWN_NAME' })
  })

  it('lists what there is when nothing is near', () => {
    using object = openObject('refused')
    expect(() => object.setAutoload('zzzzzzzz', true)).toThrow(
      'object "refused" has no program "zzzzzzzz" (it has reads_too_far, lets_pass)',
    )
  })

  it('says what it expected', () => {
    using object = openObject('kinds')
    expect(() => object.setMaxEntries('runs', 0)).toThrow(
      'max entries of map "runs": expected an integer from 1 to 4294967295, received 0',
    )
    // @ts-expect-error a number is no name
    expect(() => object.setAutoload(3, true)).toThrow(
      'program name: expected a non-empty string, received 3',
    )
    expect(() => object.attach('on_state')).toThrow(
      'use program "on_state": object "kinds" is not loaded yet',
    )
  })
})
