import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import {
  kernelBtf,
  probeHelper,
  probeMapType,
  probeProgramType,
  tracepointArguments,
} from 'libbpf-addon'
import type { Requirement } from '../component/requirement.ts'
import { cgroup2Root, MOUNT_CGROUP2 } from './cgroup.ts'

/** Bits of capabilities(7), from include/uapi/linux/capability.h. */
const CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const

/** The oldest kernel that has what the default path needs, with its fallbacks. */
const OLDEST_KERNEL = [5, 10] as const

/** What every eBPF receiver needs of the host: kernel, BTF, rights. */
export function hostRequirements(): Requirement[] {
  return [kernelRequirement(), btfRequirement(), rightsRequirement()]
}

/** A kernel that is new enough, by the version it calls itself. */
export function kernelRequirement(running: string = release()): Requirement {
  const [major = 0, minor = 0] = running.split('.').map((part) => Number.parseInt(part, 10))
  const [wantedMajor, wantedMinor] = OLDEST_KERNEL
  const enough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  return {
    name: `Linux ${OLDEST_KERNEL.join('.')} or later`,
    answer: enough ? 'supported' : 'not_supported',
    needed: true,
    found: running,
    remedy: 'Run a newer kernel.',
  }
}

function btfRequirement(): Requirement {
  const { present, reason } = kernelBtf()
  return {
    name: 'BTF of the running kernel (/sys/kernel/btf/vmlinux)',
    answer: present ? 'supported' : 'not_supported',
    needed: true,
    ...(reason !== undefined && { found: reason }),
    remedy: 'Run a kernel that is built with CONFIG_DEBUG_INFO_BTF=y, as distributions ship it.',
  }
}

/**
 * Rights to load and attach: CAP_BPF and CAP_PERFMON (kernel memory, BTF tracepoints), which
 * CAP_SYS_ADMIN has in it, and CAP_NET_ADMIN (programs at a cgroup's sockets).
 */
export function rightsRequirement(
  status: string = readFileSync('/proc/self/status', 'utf8'),
): Requirement {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  const has = (bit: number): boolean => ((mask >> BigInt(bit)) & 1n) === 1n
  const wanted = ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'] as const
  const admin = has(CAPABILITIES.CAP_SYS_ADMIN)
  const missing = wanted.filter(
    (name) => !has(CAPABILITIES[name]) && !(admin && name !== 'CAP_NET_ADMIN'),
  )
  return {
    name: wanted.join(', '),
    answer: missing.length === 0 ? 'supported' : 'not_supported',
    needed: true,
    found: missing.length === 0 ? 'held' : `missing ${missing.join(', ')}`,
    remedy: 'Run as root, or grant these capabilities to the process.',
  }
}

/** A mounted cgroup v2 hierarchy, at whose root socket programs are attached. */
export function cgroupRequirement(root: string | undefined = cgroup2Root()): Requirement {
  return {
    name: 'cgroup v2 hierarchy mounted',
    answer: root === undefined ? 'not_supported' : 'supported',
    needed: true,
    ...(root !== undefined && { found: root }),
    remedy: MOUNT_CGROUP2,
  }
}

/** A type of BPF program, tried out. */
export function programTypeRequirement(type: string, name: string): Requirement {
  const { answer, reason } = probeProgramType(type)
  return { name, answer, needed: true, ...(reason !== undefined && { found: reason }) }
}

/** A type of BPF map, tried out. */
export function mapTypeRequirement(type: string, name: string): Requirement {
  const { answer, reason } = probeMapType(type)
  return { name, answer, needed: true, ...(reason !== undefined && { found: reason }) }
}

/**
 * A tracepoint that BTF programs can attach to.
 * @param fallback what is done without it, and what is lost; without that it is needed
 */
export function tracepointRequirement(tracepoint: string, fallback?: string): Requirement {
  const count = tracepointArguments(tracepoint)
  return {
    name: `tp_btf/${tracepoint}`,
    answer: count === undefined ? 'not_supported' : 'supported',
    needed: fallback === undefined,
    found: count === undefined ? 'not in the kernel BTF' : `${count} arguments`,
    ...(fallback !== undefined && { fallback }),
  }
}

/**
 * A helper function that programs of a type can call, tried out.
 * @param name what it is for: `socket-local storage in tracepoints`
 * @param fallback what is done without it, and what is lost; without that it is needed
 */
export function helperRequirement(
  programType: string,
  helper: string,
  name: string,
  fallback?: string,
): Requirement {
  const { answer, reason } = probeHelper(programType, helper)
  return {
    name,
    answer,
    needed: fallback === undefined,
    ...(reason !== undefined && { found: reason }),
    ...(fallback !== undefined && { fallback }),
  }
}
