import { existsSync, readFileSync, statfsSync } from 'node:fs'

// Gates for `describe.skipIf`: a test is skipped only where the machine truly cannot run it.

const features = {
  /** Type information of the running kernel. */
  btf: () => existsSync('/sys/kernel/btf/vmlinux'),
  /** A cgroup v2 hierarchy, mounted where it usually is. */
  cgroup2: () => cgroup2Root() !== undefined,
  ipv6: () => existsSync('/proc/net/if_inet6'),
  /** Network namespaces. */
  netns: () => existsSync('/proc/self/ns/net'),
} as const

export type KernelFeature = keyof typeof features

/** Whether the running kernel has all of these features. */
export function kernelHas(...names: KernelFeature[]): boolean {
  return names.every((name) => features[name]())
}

/** Whether the tests run as root: `describe.skipIf(!isRoot())`. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** Whether an agent with eBPF receivers can run here: `describe.skipIf(!runsAgent())`. */
export function runsAgent(): boolean {
  return isRoot() && kernelHas('btf', 'cgroup2')
}

/** Whether the running kernel is this version or a newer one. */
export function kernelAtLeast(major: number, minor: number): boolean {
  const [, ownMajor, ownMinor] = kernelRelease()
    .match(/^(\d+)\.(\d+)/)!
    .map(Number)
  return ownMajor! > major || (ownMajor === major && ownMinor! >= minor)
}

function kernelRelease(): string {
  return readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()
}

const cgroup2Magic = 0x63677270

/** The root of the cgroup v2 hierarchy, on its own or beside cgroup v1. */
export function cgroup2Root(): string | undefined {
  return ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find(
    (path) => existsSync(path) && statfsSync(path).type === cgroup2Magic,
  )
}
