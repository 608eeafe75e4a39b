import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { describe, expect, it } from 'vitest'

import { type BpfMap, type BpfObject, RingBuffer } from '../lib/index.js'
import {
  bpfDescriptors,
  cgroupRoot,
  ensureTracefs,
  errorOf,
  libcPath,
  loadObject,
  openObject,
  until,
} from './support.js'

/** Ids of what the kernel holds, by the name of the program or map. */
function holdings(name: string): number[] {
  using object = openObject('iterators')
  object.load()
  const { members, size } = object.structLayout('holding_record')
  const at = (member: string) => members.find((entry) => entry.name === member)?.offset ?? 0
  return ['walk_programs', 'walk_links', 'walk_maps'].flatMap((program) => {
    const output = object.attachIterator(program).read()
    const ids: number[] = []
    for (let start = 0; start < output.length; start += size) {
      const text = output.subarray(start + at('name'), start + at('name') + 16).toString('latin1')
      if (text.split('\0')[0] === name) ids.push(output.readUInt32LE(start + at('id')))
    }
    return ids
  })
}

describe('closing', () => {
  it('may be repeated', () => {
    const object = loadObject('ring')
    const link = object.attachCgroup('fill_ring', cgroupRoot())
    const map = object.map('events')
    const ring = new RingBuffer(map)
    for (const handle of [ring, map, link, object]) {
      expect(handle.closed).toBe(false)
      handle.close()
      expect(handle.closed).toBe(true)
      handle.close()
      handle[Symbol.dispose]()
    }
  })

  it('of an object closes all that was made from it', () => {
    const object = loadObject('ring')
    const handles = [
      object.attachCgroup('fill_ring', cgroupRoot()),
      object.map('events'),
      new RingBuffer(object.map('events')),
    ]
    object.close()
    expect(handles.map((handle) => handle.closed)).toEqual([true, true, true])
    expect(bpfDescriptors()).toEqual([])
  })

  it('of a map closes its ring buffers, and the map can be had again', () => {
    using object = loadObject('ring')
    const map = object.map('events')
    const ring = new RingBuffer(map)
    map.close()
    expect(ring.closed).toBe(true)
    expect(object.map('events').closed).toBe(false)
  })

  it('works on an object that was never loaded, or failed to load', () => {
    openObject('kinds').close()
    const refused = openObject('refused')
    errorOf(() => refused.load())
    refused.close()
    expect(bpfDescriptors()).toEqual([])
  })
})

describe('use after close', () => {
  it.each([
    ['object "ring" is closed', ({ object }) => object.programs],
    ['object "ring" is closed', ({ object }) => object.load()],
    ['object "ring" is closed', ({ object }) => object.setConstant('spins', 1)],
    ['object "ring" is closed', ({ object }) => object.setMaxEntries('events', 4096)],
    ['object "ring" is closed', ({ object }) => object.structLayout('burst')],
    ['object "ring" is closed', ({ object }) => object.map('events')],
    ['object "ring" is closed', ({ object }) => object.attach('fill_ring')],
    ['object "ring" is closed', ({ object }) => object.attachCgroup('fill_ring', '/')],
    ['object "ring" is closed', ({ object }) => object.testRun('fill_ring', {})],
    ['map "order" is closed', ({ map }) => map.fd],
    ['map "order" is closed', ({ map }) => map.lookup(Buffer.alloc(4))],
    ['map "order" is closed', ({ map }) => map.update(Buffer.alloc(4), Buffer.alloc(12))],
    ['map "order" is closed', ({ map }) => map.delete(Buffer.alloc(4))],
    ['map "order" is closed', ({ map }) => [...map.keys()]],
    ['map "order" is closed', ({ map }) => [...map.lookupBatch()]],
    ['ring buffer "events" is closed', ({ ring }) => ring.available()],
    ['ring buffer "events" is closed', ({ ring }) => ring.oversized],
    ['ring buffer "events" is closed', ({ ring }) => ring.discard()],
    [
      'ring buffer "events" is closed',
      ({ ring }) => ring.drain(new Uint8Array(8), new Uint32Array(2)),
    ],
  ] satisfies [string, (closed: Closed) => unknown][])('says %j (%#)', (message, use) => {
    const object = loadObject('ring')
    const closed = { object, map: object.map('order'), ring: new RingBuffer(object.map('events')) }
    object.close()
    expect(errorOf(() => use(closed))).toMatchObject({ code: 'ERR_CLOSED', message })
  })
})

interface Closed {
  object: BpfObject
  map: BpfMap
  ring: RingBuffer
}

describe('a hundred cycles of open, load, attach and close', () => {
  it('leave no descriptor, program, link or map behind', async () => {
    ensureTracefs()
    expect(bpfDescriptors()).toEqual([])
    const libc = libcPath()
    for (let cycle = 0; cycle < 100; cycle++) {
      const object = openObject('kinds')
      object.load()
      object.attachCgroup('on_packet', cgroupRoot())
      object.attach('on_state_btf')
      object.attach('on_state_raw')
      object.map('runs')
      // These take the kernel a tenth of a second to detach.
      if (cycle % 10 === 0) {
        object.attach('on_state')
        object.attachUprobe('on_call', { path: libc, symbol: 'getpriority' })
      }
      if (cycle === 50) expect(holdings('on_packet').length).toBeGreaterThanOrEqual(2)
      object.close()
    }
    expect(bpfDescriptors()).toEqual([])
    await until(() => holdings('on_packet').length === 0, 'the kernel frees programs and links')
    await until(() => holdings('runs').length === 0, 'the kernel frees maps')
  })
})

describe('what nobody keeps', () => {
  it('is closed by the garbage collector', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    for (let i = 0; i < 10; i++) loadObject('ring').attachCgroup('fill_ring', cgroupRoot())
    await until(() => {
      collect()
      return bpfDescriptors().length === 0
    }, 'everything is collected')
    expect(bpfDescriptors()).toEqual([])
  })

  it('stays attached while its object is kept', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    using object = loadObject('ring')
    object.attachCgroup('fill_ring', cgroupRoot())
    const before = bpfDescriptors().length
    for (let i = 0; i < 5; i++) {
      collect()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(bpfDescriptors().length).toBe(before)
  })
})
