import { describe, expect, it } from 'vitest'
import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import { ArrayNetworkObservations } from '../../src/pdata/network_observations_for_tests.ts'
import { type Owner, Owners } from './owners.ts'

const ID = 'a'.repeat(64)

/** Owners of processes that are gone, on a host with one container. */
function ownersOf(limit = 16): Owners {
  const cgroups = new CgroupTable({ root: () => undefined })
  cgroups.add(7, `/docker/${ID}`)
  cgroups.add(8, '/system.slice/nginx.service')
  return new Owners({ limit, proc: '/nowhere', host: 'node-1', now: () => 0, cgroups })
}

function ownerOf(owners: Owners, pid: number, comm: string, cgroupId: number): Owner {
  owners.refresh()
  return owners.of(new ArrayNetworkObservations([{ pid, comm, cgroupId }]), 0)
}

describe('the owner of a socket', () => {
  it('is a process and its container', () => {
    const { process, container } = ownerOf(ownersOf(), 10, 'nginx', 7)
    expect(process.attributes).toMatchObject({ 'process.pid': 10, 'container.id': ID })
    expect(container.attributes).toEqual({
      'container.id': ID,
      'container.runtime.name': 'docker',
      'service.instance.id': process.attributes['service.instance.id'],
      'host.name': 'node-1',
      'os.type': 'linux',
      'service.name': 'unknown_service',
    })
  })

  it('is in a systemd unit where it is in no container, else in the rest of the host', () => {
    const owners = ownersOf()
    const [unit, rest] = [8, 0].map((cgroupId) => ownerOf(owners, 10 + cgroupId, 'nginx', cgroupId))
    expect(unit!.container.attributes).toMatchObject({
      'service.name': 'nginx',
      'systemd.unit.name': 'nginx.service',
    })
    expect(rest!.container.attributes).toEqual({
      'host.name': 'node-1',
      'os.type': 'linux',
      'service.name': 'unknown_service',
    })
  })

  it('shares its container with other processes of it', () => {
    const owners = ownersOf()
    const [one, two] = [10, 11].map((pid) => ownerOf(owners, pid, 'nginx', 7))
    expect(one!.container).toBe(two!.container)
    expect(one!.process).not.toBe(two!.process)
  })

  it('is the same when its process had to make room and is read again', () => {
    const owners = ownersOf(16)
    const first = ownerOf(owners, 100, 'nginx', 7)
    for (let pid = 1; pid <= 16; pid++) ownerOf(owners, pid, 'curl', 7)
    const again = ownerOf(owners, 100, 'nginx', 7)
    expect(again).not.toBe(first)
    expect(again.process).toBe(first.process)
    expect(again.container).toBe(first.container)
  })
})
