import { once } from 'node:events'
import { connect } from 'node:net'
import { BpfObject } from 'libbpf-addon'
import { describe, expect, it } from 'vitest'
import { objectPath } from '../../src/kernel/objects.ts'
import { cleansUp, isRoot, kernelHas } from '../../test/kit/fixtures.ts'
import { startNodeServer } from '../../test/kit/servers.ts'
import { ExistingOwners, existingOwners } from './owners.ts'

cleansUp()

/** One record of the iterator. */
function record(cookie: bigint, pid: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64LE(cookie)
  bytes.writeUInt32LE(pid, 8)
  return bytes
}

it('knows the first owner of each socket, and none of others', () => {
  const owners = new ExistingOwners(
    Buffer.concat([record(7n, 100), record(8n, 200), record(7n, 300), Buffer.alloc(3)]),
  )
  expect([7, 8, 9].map((cookie) => owners.ownerOf(cookie))).toEqual([100, 200, 0])
})

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('the sockets that exist', () => {
  it('are told with their processes by the kernel', async () => {
    const server = await startNodeServer()
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    using object = BpfObject.open(objectPath('http'), { name: 'http' })
    for (const { name } of object.programs) {
      object.setAutoload(name, name === 'http_owners')
    }
    object.load()
    const owners = pidsIn(object)
    expect(owners).toContain(process.pid)
    expect(owners).toContain(server.pid)
    expect(existingOwners(object).ownerOf(0)).toBe(0)
    socket.destroy()
  })
})

function pidsIn(object: BpfObject): Set<number> {
  using link = object.attachIterator('http_owners')
  const bytes = link.read()
  const count = bytes.length / 16
  expect(Number.isInteger(count)).toBe(true)
  return new Set(Array.from({ length: count }, (_, i) => bytes.readUInt32LE(i * 16 + 8)))
}
