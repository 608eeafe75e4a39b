import { existsSync } from 'node:fs'
import type { Requirement } from '../../src/component/requirement.ts'
import {
  hostRequirements,
  programTypeRequirement,
  tracepointRequirement,
} from '../../src/kernel/host.ts'

/** Where tracefs may be, as libbpf looks for it. */
export const TRACEFS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']

/** What to do where tracefs cannot be seen. */
export const MOUNT_TRACEFS =
  'Mount it: mount -t tracefs tracefs /sys/kernel/tracing; in a container, mount that folder of the host.'

/** What is lost where it is not seen that cgroups are made. */
export const WITHOUT_CGROUPS =
  'files of a container that lasts for less than a collection interval are told of without its name'

/** What `ebpf_files` needs of the machine. */
export function ebpfFilesRequirements(): Requirement[] {
  return [
    ...hostRequirements(),
    programTypeRequirement('tracepoint', 'programs at tracepoints'),
    syscallsRequirement(),
    tracepointRequirement('cgroup_mkdir', WITHOUT_CGROUPS),
  ]
}

/** Tracepoints of system calls, which a kernel may be built without (CONFIG_FTRACE_SYSCALLS). */
export function syscallsRequirement(folders: readonly string[] = TRACEFS): Requirement {
  const tracefs = folders.find((folder) => existsSync(`${folder}/events`))
  const there = tracefs !== undefined && existsSync(`${tracefs}/events/syscalls/sys_enter_read`)
  return {
    name: 'tracepoints of system calls (tracefs)',
    answer: there ? 'supported' : 'not_supported',
    needed: true,
    found: tracefs ?? 'no tracefs',
    remedy: tracefs ? 'Run a kernel that is built with CONFIG_FTRACE_SYSCALLS=y.' : MOUNT_TRACEFS,
  }
}
