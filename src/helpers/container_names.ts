import { readJson, readRegularFile, textAt } from './container_files.ts'
import type { CgroupOwner } from './container.ts'

/** What a container is called; empty where its runtime's files do not say. */
export interface ContainerNames {
  /** Its name at the runtime. */
  readonly name: string
  /** As `container.runtime.name` has it. */
  readonly runtime: string
  /** Kubernetes' names of it, its pod and the pod's namespace. */
  readonly k8sContainer: string
  readonly k8sPod: string
  readonly k8sNamespace: string
}

/** Of a container of which nothing is known. */
export const NO_NAMES: ContainerNames = {
  name: '',
  runtime: '',
  k8sContainer: '',
  k8sPod: '',
  k8sNamespace: '',
}

type Reader = (root: string, owner: CgroupOwner) => ContainerNames | undefined

/** Where each runtime keeps what it knows of its containers, as files that need no daemon. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['docker', docker],
  ['containerd', containerd],
  ['cri-o', crio],
  ['podman', podman],
])

/** Asks the container's runtime, or all of them where the path of the cgroup does not name it. */
export function readContainerNames(root: string, owner: CgroupOwner): ContainerNames | undefined {
  const reader = READERS.get(owner.runtime)
  if (reader) return reader(root, owner)
  for (const any of READERS.values()) {
    const names = any(root, owner)
    if (names) return names
  }
  return undefined
}

/** Docker writes the name with a slash, and Kubernetes' names as labels (cri-dockerd). */
function docker(root: string, { containerId, uid }: CgroupOwner): ContainerNames | undefined {
  for (const state of stateFolders(root, uid, '/var/lib/docker', '/.local/share/docker')) {
    const config = readJson(`${state}/containers/${containerId}/config.v2.json`)
    const name = textAt(config, 'Name').replace(/^\//, '')
    const label = (key: string): string => textAt(config, 'Config', 'Labels', key)
    if (name !== '') return { ...kubernetesNames(label), name, runtime: 'docker' }
  }
  return undefined
}

const CONTAINERD_FOLDERS = [
  '/run/containerd',
  '/run/k3s/containerd',
  '/run/k0s/containerd',
  '/var/snap/microk8s/common/run/containerd',
]

/** containerd's CRI plugin writes Kubernetes' names into the annotations of the OCI bundle. */
function containerd(root: string, { containerId }: CgroupOwner): ContainerNames | undefined {
  for (const folder of CONTAINERD_FOLDERS) {
    const tasks = `${root}${folder}/io.containerd.runtime.v2.task/k8s.io`
    const config = readJson(`${tasks}/${containerId}/config.json`)
    if (config === undefined) continue
    const note = (key: string): string => textAt(config, 'annotations', `io.kubernetes.cri.${key}`)
    return {
      name: '',
      runtime: 'containerd',
      k8sContainer: note('container-name'),
      k8sPod: note('sandbox-name'),
      k8sNamespace: note('sandbox-namespace'),
    }
  }
  return undefined
}

function crio(root: string, { containerId }: CgroupOwner): ContainerNames | undefined {
  for (const folder of ['/run/containers/storage', '/var/lib/containers/storage']) {
    const bundle = `${root}${folder}/overlay-containers/${containerId}/userdata`
    const config = readJson(`${bundle}/config.json`)
    const note = (key: string): string => textAt(config, 'annotations', key)
    const names = kubernetesNames(note)
    if (names.k8sContainer !== '') return { ...names, runtime: 'cri-o' }
  }
  return undefined
}

/** podman's names stand in the index of its storage; `--rm` makes them stand in the second one. */
function podman(root: string, { containerId, uid }: CgroupOwner): ContainerNames | undefined {
  const fixed = '/var/lib/containers/storage'
  for (const state of stateFolders(root, uid, fixed, '/.local/share/containers/storage')) {
    for (const index of ['containers.json', 'volatile-containers.json']) {
      const name = nameInIndex(readJson(`${state}/overlay-containers/${index}`), containerId)
      if (name !== '') return { ...NO_NAMES, name, runtime: 'podman' }
    }
  }
  return undefined
}

function nameInIndex(index: unknown, containerId: string): string {
  if (!Array.isArray(index)) return ''
  const entry: unknown = index.find((one) => textAt(one, 'id') === containerId)
  return textAt(entry, 'names', '0')
}

/** The keys that the kubelet gives to containers, as labels or annotations. */
function kubernetesNames(valueOf: (key: string) => string): ContainerNames {
  return {
    ...NO_NAMES,
    k8sContainer: valueOf('io.kubernetes.container.name'),
    k8sPod: valueOf('io.kubernetes.pod.name'),
    k8sNamespace: valueOf('io.kubernetes.pod.namespace'),
  }
}

/** Those of a user's own runtime first, where the container is in that user's slice. */
function stateFolders(root: string, uid: string, fixed: string, inHome: string): string[] {
  const home = uid === '' ? '' : homeOf(root, uid)
  return home === '' ? [root + fixed] : [root + home + inHome, root + fixed]
}

/** From `/etc/passwd`: `name:password:uid:gid:comment:home:shell` (passwd(5)). */
function homeOf(root: string, uid: string): string {
  try {
    const lines = readRegularFile(`${root}/etc/passwd`).split('\n')
    const user = lines.map((line) => line.split(':')).find((fields) => fields[2] === uid)
    return user?.[5] ?? ''
  } catch {
    return ''
  }
}
