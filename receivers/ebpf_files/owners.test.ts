import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ContainerTable } from '../../src/helpers/container_table.ts'
import { readStartTime } from '../../src/helpers/process_info.ts'
import { ebpfFilesConfig } from './config.ts'
import { CgroupPaths } from './cgroup_paths.ts'
import { Owners } from './owners.ts'
import type { Entry } from './table.ts'

const ID = 'a'.repeat(64)
const SCOPE = `/system.slice/docker-${ID}.scope`
const SERVICE = '/system.slice/nginx.service'

describe('whose files they are', () => {
  let root: string
  let noted: Map<number, string>

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'owners-'))
    noted = new Map()
    for (const path of [`${SCOPE}/inner`, `${SERVICE}/worker`]) {
      mkdirSync(join(root, path), { recursive: true })
    }
  })
  afterEach(() => rmSync(root, { recursive: true }))

  function owners(options: object = {}): Owners {
    return new Owners({
      ...ebpfFilesConfig.parse(options),
      proc: '/proc',
      cgroups: new CgroupPaths({ root: () => root, noted: (id) => noted.get(id) ?? '' }),
      containers: new ContainerTable({ roots: [root] }),
      host: 'node-7',
    })
  }

  function entry(given: Partial<Entry>): Entry {
    const sum = { bytes: 0, ns: 0, counts: [] }
    const known = { key: Buffer.alloc(0), error: 0, operation: 0, firstPid: 0, comm: '', sum }
    return { ...known, cgroupId: 0, pid: 0, startTime: '0', ...given }
  }

  /** Knows these, and all else that is there. */
  async function learned(entries: readonly Entry[], options: object = {}): Promise<Owners> {
    const known = owners(options)
    await known.learn(entries)
    return known
  }

  const at = (path: string): Entry => entry({ cgroupId: statSync(join(root, path)).ino })

  it('a container has those of all its cgroups', async () => {
    const known = await learned([at(SCOPE)])
    expect(known.of(at(SCOPE)).key).toBe(ID)
    expect(known.of(at(`${SCOPE}/inner`))).toBe(known.of(at(SCOPE)))
    expect(known.of(at(SCOPE)).resource.attributes).toMatchObject({
      'container.id': ID,
      'container.runtime.name': 'docker',
      'host.name': 'node-7',
    })
  })

  it('a systemd service has those of all its cgroups, and all else is the rest of the host', async () => {
    const known = await learned([at(SERVICE)])
    expect(known.of(at(`${SERVICE}/worker`)).key).toBe(SERVICE)
    expect(known.of(at(SERVICE)).resource.attributes).toMatchObject({ 'service.name': 'nginx' })
    const rest = {
      key: '',
      resource: { attributes: { 'host.name': 'node-7', 'os.type': 'linux' } },
    }
    expect(known.of(at('/system.slice'))).toMatchObject(rest)
    expect(known.of(entry({ cgroupId: 12 }))).toMatchObject(rest)
  })

  it('a cgroup that is gone is what the kernel noted when it was made', async () => {
    noted.set(12, `/docker/${ID}`)
    const known = await learned([entry({ cgroupId: 12 }), at(SCOPE)])
    expect(known.of(entry({ cgroupId: 12 })).key).toBe(ID)
    expect(known.isGone(entry({ cgroupId: 12 }))).toBe(true)
    expect(known.isGone(at(SCOPE))).toBe(false)
  })

  it('a cgroup that nobody has a path of is gone, and the rest of the host has its sums', async () => {
    const known = await learned([entry({ cgroupId: 12 })])
    expect(known.isGone(entry({ cgroupId: 12 }))).toBe(true)
    expect(known.of(entry({ cgroupId: 12 })).key).toBe('')
  })

  it('a cgroup that goes between two looks keeps its path, and is gone', async () => {
    const scope = at(SCOPE)
    const known = await learned([scope])
    rmSync(join(root, SCOPE), { recursive: true })
    await known.learn([scope])
    expect(known.of(scope).key).toBe(ID)
    expect(known.isGone(scope)).toBe(true)
  })

  it('what a rule leaves out is left out', async () => {
    const known = await learned([at(SERVICE)], { exclude: [{ unit: 'nginx.service' }] })
    expect(known.of(at(SERVICE)).leftOut).toBe(true)
    expect(known.of(at(SCOPE)).leftOut).toBe(false)
    const selecting = await learned([at(SERVICE)], { select: [{ container: ID }] })
    expect(selecting.of(at(SERVICE)).leftOut).toBe(true)
  })

  it('a process has its own, until another one has its number', () => {
    const known = owners({ by: 'process' })
    const { pid } = process
    const startTime = readStartTime(pid)
    const own = entry({ pid, startTime, comm: 'node' })
    expect(known.of(own).resource.attributes).toMatchObject({ 'process.pid': pid })
    expect(known.isGone(own)).toBe(false)
    const former = entry({ pid, startTime: '1', comm: 'former' })
    expect(known.isGone(former)).toBe(true)
    expect(known.of(former).resource.attributes).toMatchObject({
      'process.pid': pid,
      'process.executable.name': 'former',
    })
  })
})
