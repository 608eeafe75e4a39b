import { describe, expect, it } from 'vitest'
import { cgroupAt } from './container.ts'
import { NO_NAMES } from './container_names.ts'
import { processAttributes } from './process_attributes.ts'
import { NOBODY, type ProcessIdentity } from './process_identity.ts'

const HOST = { name: 'node-1', boot: '0b2a6f1e-3c1d-4f39-9a55-0d6a1c5f7b11' }
const ID = '40c03570b6f4c30bc8d69923d37ee698f5cfcced92c7b7df1c47f6f7887378a9'
const POD_UID = '72f7f152-440c-66ac-9084-e0fc1d8a910c'

const live: ProcessIdentity = {
  ...NOBODY,
  pid: 7,
  comm: 'shop',
  info: {
    executable: '/srv/shop',
    arguments: ['/srv/shop', '--token=secret'],
    cgroup: NOBODY.cgroup,
    startTime: '100',
    otelServiceName: '',
    resourceAttributes: {},
  },
}

describe('a process as attributes', () => {
  it('says which container of which pod it is', () => {
    const cgroup = cgroupAt(
      `/kubepods.slice/kubepods-pod${POD_UID.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`,
    )
    const names = { ...NO_NAMES, k8sContainer: 'web', k8sPod: 'shop-1', k8sNamespace: 'prod' }
    expect(processAttributes({ ...live, cgroup, names }, HOST)).toEqual({
      'service.name': 'web',
      'service.instance.id': 'prod.shop-1.web',
      'process.pid': 7,
      'process.executable.name': 'shop',
      'process.executable.path': '/srv/shop',
      'container.id': ID,
      'container.runtime.name': 'containerd',
      'k8s.pod.uid': POD_UID,
      'k8s.pod.name': 'shop-1',
      'k8s.namespace.name': 'prod',
      'k8s.container.name': 'web',
      'host.name': 'node-1',
      'os.type': 'linux',
    })
  })

  it('takes the runtime from its files where the path does not say it', () => {
    const names = { ...NO_NAMES, name: 'web', runtime: 'docker' }
    const attributes = processAttributes({ ...live, cgroup: cgroupAt(`/x/${ID}`), names }, HOST)
    expect(attributes).toMatchObject({
      'container.name': 'web',
      'container.runtime.name': 'docker',
      'service.name': 'web',
    })
  })

  it('has what the process says of itself over what is found', () => {
    const said = { 'service.instance.id': 'mine', 'container.id': 'short', team: 'a' }
    const info = { ...live.info!, resourceAttributes: said }
    const cgroup = cgroupAt(`/docker/${ID}`)
    expect(processAttributes({ ...live, info, cgroup }, HOST)).toMatchObject(said)
  })

  it('names no instance of which nothing is known', () => {
    expect(processAttributes({ ...NOBODY, pid: 7, comm: 'curl' }, HOST)).toEqual({
      'service.name': 'curl',
      'process.pid': 7,
      'process.executable.name': 'curl',
      'host.name': 'node-1',
      'os.type': 'linux',
    })
  })
})

describe('service.instance.id', () => {
  const of = (process: ProcessIdentity, boot = HOST.boot): unknown =>
    processAttributes(process, { ...HOST, boot })['service.instance.id']
  const inCgroup = (path: string, pid = 7): unknown => of({ ...live, pid, cgroup: cgroupAt(path) })

  it('is a UUID of version 5 in the namespace that the conventions give', () => {
    // python3 -c 'import uuid; print(uuid.uuid5(uuid.UUID("4d63009a-8d0f-11ee-aad7-4c796ed8e320"), "<container id>"))'
    expect(inCgroup(`/docker/${ID}`)).toBe('62231d97-7643-5d28-9f1b-02c39a18cb80')
  })

  it('is one for all processes of a container, also after a reboot', () => {
    const cgroup = cgroupAt(`/docker/${ID}`)
    expect(inCgroup(`/docker/${ID}`, 8)).toBe(inCgroup(`/docker/${ID}`, 7))
    expect(of({ ...live, cgroup }, 'other')).toBe(of({ ...live, cgroup }))
    expect(of({ ...NOBODY, cgroup })).toBe(of({ ...live, cgroup }))
  })

  it('is one for all processes of a service, in whichever of its cgroups', () => {
    const service = inCgroup('/system.slice/a.service')
    expect(inCgroup('/system.slice/a.service/worker', 8)).toBe(service)
    expect(inCgroup('/system.slice/b.service')).not.toBe(service)
    expect(inCgroup('/user.slice/user-1.slice/a.service')).not.toBe(service)
    expect(of({ ...live, cgroup: cgroupAt('/system.slice/a.service') }, 'other')).not.toBe(service)
  })

  it('is one for each other process', () => {
    const first = inCgroup('/user.slice/session-3.scope')
    expect(inCgroup('/user.slice/session-3.scope', 8)).not.toBe(first)
    expect(inCgroup('/')).toBe(first)
    expect(of({ ...live, info: { ...live.info!, startTime: '101' } })).not.toBe(first)
    expect(of(live, 'other')).not.toBe(first)
  })
})
