import { describe, expect, it } from 'vitest'
import { cgroupAt, type CgroupOwner, NO_OWNER, ownerOf, parseCgroupFile } from './container.ts'

const ID = '40c03570b6f4c30bc8d69923d37ee698f5cfcced92c7b7df1c47f6f7887378a9'
const OUTER = '8afe480d66074930353da456a1344caca810fe31c1e31f6e08c95a66887235d6'
const UID = '72f7f152-440c-66ac-9084-e0fc1d8a910c'
const UID_ = UID.replaceAll('-', '_')
const MANIFEST = '7260904bbd08e72e4dff95d9fccd2ee8'

/*
 * The forms of these paths are those that others met on real hosts. SPIRE: pkg/agent/plugin/
 * workloadattestor/k8s/k8s_test.go. OBI: pkg/internal/helpers/container/container_test.go of
 * open-telemetry/opentelemetry-ebpf-instrumentation. runc: docs/systemd.md of opencontainers/runc.
 * coroot: cgroup/cgroup_test.go of coroot/coroot-node-agent. podman: `podman inspect`, CgroupPath,
 * and podman-systemd.unit(5) for --cgroups=split.
 */
const PATHS: [source: string, path: string, owner: Partial<CgroupOwner>][] = [
  ['docker, cgroupfs; OBI', `/docker/${ID}`, { containerId: ID, runtime: 'docker' }],
  [
    'docker, systemd; OBI',
    `/system.slice/docker-${ID}.scope`,
    { containerId: ID, runtime: 'docker' },
  ],
  [
    'docker, rootless; coroot',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`,
    { containerId: ID, runtime: 'docker', uid: '1000' },
  ],
  [
    'containerd, systemd, EKS; OBI',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    { containerId: ID, runtime: 'containerd', podUid: UID },
  ],
  [
    'containerd, a static pod; OBI',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${MANIFEST}.slice/cri-containerd-${ID}.scope`,
    { containerId: ID, runtime: 'containerd', podUid: MANIFEST },
  ],
  [
    'containerd, guaranteed, GKE; OBI',
    `/kubepods/pod${UID}/${ID}`,
    { containerId: ID, podUid: UID },
  ],
  [
    'cgroupfs, best effort; SPIRE',
    `/kubepods/kubepods/besteffort/pod${UID}/${ID}`,
    { containerId: ID, podUid: UID },
  ],
  [
    'containerd with the colons of an OCI path; SPIRE',
    `/kubepods-besteffort-pod${UID_}.slice:cri-containerd:${ID}`,
    { containerId: ID, runtime: 'containerd', podUid: UID },
  ],
  [
    'the same below the runtime; SPIRE',
    `/system.slice/containerd.service/kubepods-pod${UID_}.slice:cri-containerd:${ID}`,
    { containerId: ID, runtime: 'containerd', podUid: UID },
  ],
  [
    'CRI-O; SPIRE',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID_}.slice/crio-${ID}.scope`,
    { containerId: ID, runtime: 'cri-o', podUid: UID },
  ],
  [
    'CRI-O with a cgroup inside',
    `/kubepods.slice/kubepods-pod${UID_}.slice/crio-${ID}.scope/container`,
    { containerId: ID, runtime: 'cri-o', podUid: UID },
  ],
  [
    "CRI-O's monitor; coroot",
    `/kubepods.slice/kubepods-pod${UID_}.slice/crio-conmon-${ID}.scope`,
    { podUid: UID },
  ],
  [
    'docker under Kubernetes; SPIRE',
    `/kubepods.slice/kubepods-pod${UID_}.slice/docker-${ID}.scope`,
    { containerId: ID, runtime: 'docker', podUid: UID },
  ],
  ['ctr and nerdctl; OBI', `/k8s.io/${ID}`, { containerId: ID, runtime: 'containerd' }],
  [
    'podman; its inspect',
    `/machine.slice/libpod-${ID}.scope/container`,
    { containerId: ID, runtime: 'podman' },
  ],
  [
    'podman, cgroupfs; its inspect',
    `/libpod_parent/libpod-${ID}`,
    { containerId: ID, runtime: 'podman' },
  ],
  [
    'podman, rootless; its inspect',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`,
    { containerId: ID, runtime: 'podman', uid: '1000' },
  ],
  [
    'podman in a unit; podman-systemd.unit(5)',
    `/system.slice/web.service/libpod-payload-${ID}`,
    { containerId: ID, runtime: 'podman', unit: 'web.service' },
  ],
  [
    "podman in a user's unit",
    `/user.slice/user-1001.slice/user@1001.service/app.slice/caddy.service/libpod-payload-${ID}`,
    { containerId: ID, runtime: 'podman', unit: 'caddy.service', uid: '1001' },
  ],
  [
    'kind, a node that is a container; OBI',
    `/docker/${OUTER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    { containerId: ID, runtime: 'containerd', podUid: UID },
  ],
  [
    'a unit of such a node',
    `/docker/${OUTER}/system.slice/kubelet.service`,
    { containerId: OUTER, runtime: 'docker', unit: 'kubelet.service' },
  ],
  ['a runtime of which nothing is known', `/actions_job/${ID}`, { containerId: ID }],
  ['a step of a build; coroot', '/system.slice/system.slice:docker:jvifp9a6b1lxa1kuw8bwfcovf', {}],
  ['a step of a build, cgroupfs', '/docker/buildkit/n4eu0udvbz9vfzjy71jkvgkwh', {}],
  [
    'a step of a build in a container',
    `/docker/${OUTER}/buildkit/${ID}`,
    { containerId: OUTER, runtime: 'docker' },
  ],
  ['a service', '/system.slice/nginx.service', { unit: 'nginx.service' }],
  [
    'an instance',
    '/system.slice/system-getty.slice/getty@tty1.service',
    { unit: 'getty@tty1.service' },
  ],
  ['a cgroup of a service', '/system.slice/app.service/worker', { unit: 'app.service' }],
  [
    'a session',
    '/user.slice/user-963461.slice/session-11909.scope',
    { unit: 'session-11909.scope', uid: '963461' },
  ],
  [
    "a user's service",
    '/user.slice/user-1000.slice/user@1000.service/app.slice/a.service',
    { unit: 'a.service', uid: '1000' },
  ],
  [
    "a user's manager",
    '/user.slice/user-1000.slice/user@1000.service/init.scope',
    { unit: 'init.scope', uid: '1000' },
  ],
  [
    'a short id is a scope like any other',
    '/system.slice/docker-0123.scope',
    { unit: 'docker-0123.scope' },
  ],
  ['nobody', '/', {}],
  ['nothing', '', {}],
]

describe('the path of a cgroup', () => {
  it.each(PATHS)('says whose it is: %s', (_, path, owner) => {
    expect(ownerOf(path)).toEqual({ ...NO_OWNER, ...owner })
  })

  it.each([
    [`/../../pod${MANIFEST}/${ID}`, `/pod${MANIFEST}/${ID}`, MANIFEST],
    [`/../cri-containerd-${ID}.scope`, `/cri-containerd-${ID}.scope`, ''],
  ])('seen from another namespace loses its steps up: %s', (path, inside, podUid) => {
    const found = cgroupAt(path)
    expect([found.path, found.owner.containerId, found.owner.podUid]).toEqual([inside, ID, podUid])
  })
})

describe('/proc/PID/cgroup', () => {
  /** Lines of a host that has both versions, numbered as the kernel does. */
  function hybrid(v1: string, v2: string, systemd = v1): string {
    return `12:rdma:/\n11:memory:${v1}\n4:cpu,cpuacct:${v1}\n1:name=systemd:${systemd}\n0::${v2}\n`
  }

  it.each([
    ['v2 alone', `0::/docker/${ID}\n`, `/docker/${ID}`],
    ['v2 with v1 beside', hybrid('/', `/docker/${ID}`), `/docker/${ID}`],
    ['containers in v1, nothing in v2', hybrid(`/docker/${ID}`, '/'), `/docker/${ID}`],
    [
      "containers in v1, their runtime's unit in v2",
      hybrid(`/docker/${ID}`, '/system.slice/containerd.service'),
      `/docker/${ID}`,
    ],
    ['v1 alone', `4:memory:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`, `/docker/${ID}`],
    [
      'the unit in v2 before that in v1',
      hybrid('/a.service', '/system.slice/b.service'),
      '/system.slice/b.service',
    ],
    [
      "systemd's hierarchy before the others",
      hybrid('/x.service', '/', '/system.slice/b.service'),
      '/system.slice/b.service',
    ],
    ['paths that say nothing: v2', hybrid('/jobs/7', '/a/b'), '/a/b'],
    ['a path with colons', `0::/a.slice:b:c\n`, '/a.slice:b:c'],
    ['nothing', '', ''],
  ])('is read: %s', (_, text, path) => {
    expect(parseCgroupFile(text).path).toBe(path)
    expect(parseCgroupFile(text).owner).toEqual(ownerOf(path))
  })
})
