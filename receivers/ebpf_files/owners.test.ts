import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import { ContainerTable } from '../../src/helpers/container_table.ts'
import { readStartTime } from '../../src/helpers/process_info.ts'
import { ebpfFilesConfig } from './config.ts'
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
      root: () => root,
      cgroups: new CgroupTable({ root: () => root }),
      containers: new ContainerTable({ roots: [root] }),
      notedPath: (id) => noted.get(id) ?? '',
      host: 'node-7',
    })
  }

  function entry(given: Partial<Entry>): Entry {
    const sum = { bytes: 0, ns: 0, counts: [] }
    const known = { key: Buffer.alloc(0), error: 0, operation: 0, firstPid: 0, comm: '', sum }
    return { ...known, cgroupId: 0, pid: 0, startTime: '0', ...given }
  }

  const at = (path: string): Entry => entry({ cgroupId: statSync(join(root, path)).ino })

  it('a container has those of all its cgroups', () => {
    const known = owners()
    expect(known.of(at(SCOPE)).key).toBe(ID)
    expect(known.of(at(`${SCOPE}/inner`))).toBe(known.of(at(SCOPE)))
    expect(known.of(at(SCOPE)).resource.attributes).toMatchObject({
      'container.id': ID,
      'container.runtime.name': 'docker',
      'host.name': 'node-7',
    })
  })

  it('a systemd service has those of all its cgroups, and all else is the rest of the host', () => {
    const known = owners()
    expect(known.of(at(`${SERVICE}/worker`)).key).toBe(SERVICE)
    expect(known.of(at(SERVICE)).resource.attributes).toMatchObject({ 'service.name': 'nginx' })
    const rest = {
      key: '',
      resource: { attributes: { 'host.name': 'node-7', 'os.type': 'linux' } },
    }
    expect(known.of(at('/system.slice'))).toMatchObject(rest)
    expect(known.of(entry({ cgroupId: 12 }))).toMatchObject(rest)
  })

  it('a cgroup that is gone is what the kernel noted when it was made', () => {
    noted.set(12, `/docker/${ID}`)
    const known = owners()
    expect(known.of(entry({ cgroupId: 12 })).key).toBe(ID)
    expect(known.isGone(entry({ cgroupId: 12 }))).toBe(true)
    expect(known.isGone(at(SCOPE))).toBe(false)
  })

  it('what a rule leaves out is left out', () => {
    const known = owners({ exclude: [{ unit: 'nginx.service' }], select: [] })
    expect(known.of(at(SERVICE)).leftOut).toBe(true)
    expect(known.of(at(SCOPE)).leftOut).toBe(false)
    expect(owners({ select: [{ container: ID }] }).of(at(SERVICE)).leftOut).toBe(true)
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
