/** What the path of a cgroup says of whose it is; what it does not say is empty. */
export interface CgroupOwner {
  /** The innermost container's id: 64 hexadecimal digits. */
  readonly containerId: string
  /** `docker`, `containerd`, `cri-o`, `podman`, as `container.runtime.name` has them. */
  readonly runtime: string
  /** With hyphens; of a static pod it is the hash of its manifest. */
  readonly podUid: string
  /** The innermost systemd service or scope, `nginx.service`. */
  readonly unit: string
  /** The user whose systemd manager made it, `1000`; says where a rootless runtime keeps its state. */
  readonly uid: string
}

/** Of a cgroup that is nobody's. */
export const NO_OWNER: CgroupOwner = {
  containerId: '',
  runtime: '',
  podUid: '',
  unit: '',
  uid: '',
}

/**
 * By the word in front of the id: `docker-ID.scope`, `pod….slice:cri-containerd:ID`, `docker/ID`.
 * `moby` is Docker's namespace in containerd; the other namespaces are those of CRI and of `ctr`.
 */
const RUNTIMES: ReadonlyMap<string, string> = new Map([
  ['cri-containerd', 'containerd'],
  ['nerdctl', 'containerd'],
  ['k8s.io', 'containerd'],
  ['default', 'containerd'],
  ['crio', 'cri-o'],
  ['docker', 'docker'],
  ['moby', 'docker'],
  ['libpod', 'podman'],
  ['libpod-payload', 'podman'],
])

/** A word and an id with a hyphen or a colon between, or an id alone. */
const CONTAINER = /^(?:(?:[^:]*:)?([a-z][a-z-]*)[:-])?([0-9a-f]{64})(?:\.scope)?$/
/** A uid as the API server makes them, or as the kubelet does for static pods. */
const POD =
  /^(?:[^:]*-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/
const UNIT = /\.(?:service|scope)$/
const USER_SLICE = /^user-(\d+)\.slice$/
/** A user's systemd manager, whose services are units of their own. */
const USER_MANAGER = /^user@\d+\.service$/

/**
 * Reads a path, outermost name first: what stands further in is nearer to the process. The unit
 * around a container is its runtime's, save where a unit runs podman. The helpers of a runtime
 * (`crio-conmon-…`) are in no container, nor are the steps of a build.
 */
export function ownerOf(path: string): CgroupOwner {
  let owner = NO_OWNER
  let before = ''
  for (const name of path.split('/')) {
    if (name === 'buildkit') return owner
    owner = withName(owner, name, before)
    before = name
  }
  return owner
}

function withName(owner: CgroupOwner, name: string, before: string): CgroupOwner {
  const [, user] = USER_SLICE.exec(name) ?? []
  if (user !== undefined) return { ...owner, uid: user }
  const [, podUid] = POD.exec(name.split(':', 1)[0] as string) ?? []
  const inPod = podUid === undefined ? owner : { ...owner, podUid: podUid.replaceAll('_', '-') }
  const [, word, containerId] = CONTAINER.exec(name) ?? []
  if (containerId === undefined) return withUnit(inPod, name)
  if (word?.endsWith('conmon') || word?.includes('buildkit')) return inPod
  const runtime = RUNTIMES.get(word ?? before) ?? ''
  return { ...inPod, containerId, runtime, unit: runtime === 'podman' ? owner.unit : '' }
}

function withUnit(owner: CgroupOwner, name: string): CgroupOwner {
  return UNIT.test(name) && !USER_MANAGER.test(name) ? { ...owner, unit: name } : owner
}

/** The cgroup by which a process is judged. */
export interface ProcessCgroup {
  /** Its path below the hierarchy's root; empty where it is not known. */
  readonly path: string
  readonly owner: CgroupOwner
}

/** The cgroup of a process of which nothing is known. */
export const NO_CGROUP: ProcessCgroup = { path: '', owner: NO_OWNER }

/**
 * Reads `/proc/PID/cgroup` (cgroups(7)). The v2 line counts, `0::PATH`; where it names no container
 * and one of the v1 lines does, as on hosts whose containers live in v1 hierarchies, that line does.
 */
export function parseCgroupFile(text: string): ProcessCgroup {
  const cgroups = text
    .split('\n')
    .map((line) => /^(\d+:[^:]*):(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, hierarchy = '', path = '']) => ({ hierarchy, ...cgroupAt(path) }))
    .toSorted((a, b) => rank(a.hierarchy) - rank(b.hierarchy))
  const found =
    cgroups.find(({ owner }) => owner.containerId !== '') ??
    cgroups.find(({ owner }) => owner.unit !== '') ??
    cgroups[0]
  return found ? { path: found.path, owner: found.owner } : NO_CGROUP
}

/** The cgroup of that path. Seen from another cgroup namespace it begins with steps up, `/../..`. */
export function cgroupAt(path: string): ProcessCgroup {
  const inside = path.replace(/^(?:\/\.\.)+/, '') || '/'
  return { path: inside, owner: ownerOf(inside) }
}

/** The v2 line first, then systemd's own hierarchy, which has the units. */
function rank(hierarchy: string): number {
  if (hierarchy === '0:') return 0
  return hierarchy.endsWith(':name=systemd') ? 1 : 2
}
