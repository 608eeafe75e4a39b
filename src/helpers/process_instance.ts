import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessIdentity } from './process_identity.ts'

/** The namespace of `service.instance.id` (OpenTelemetry semantic conventions, `service.instance`). */
const NAMESPACE = Buffer.from('4d63009a8d0f11eeaad74c796ed8e320', 'hex')

/**
 * `service.instance.id`: in Kubernetes `NAMESPACE.POD.CONTAINER`, as its conventions have it, else a
 * UUID made of what names the instance for good: the container, the systemd service since the boot,
 * or the process. Empty where the process is gone and none of them is known.
 */
export function instanceId({ pid, info, cgroup, names }: ProcessIdentity, boot: string): string {
  const { containerId, unit } = cgroup.owner
  const { k8sContainer, k8sPod, k8sNamespace } = names
  if (k8sContainer && k8sPod && k8sNamespace) return `${k8sNamespace}.${k8sPod}.${k8sContainer}`
  if (containerId) return uuidOf(containerId)
  if (unit.endsWith('.service')) return uuidOf(`${boot} ${unitPath(cgroup.path, unit)}`)
  return info ? uuidOf(`${boot} ${pid} ${info.startTime}`) : ''
}

/** Users' services may have the names of the system's, so where the unit stands counts. */
function unitPath(path: string, unit: string): string {
  return path.slice(0, path.lastIndexOf(`/${unit}`) + 1 + unit.length)
}

/** Names this run of the kernel; the same in every container. */
export function bootId(proc = '/proc'): string {
  try {
    return readFileSync(`${proc}/sys/kernel/random/boot_id`, 'utf8').trim()
  } catch {
    return hostname()
  }
}

/** Version 5 (RFC 9562 section 5.5). */
function uuidOf(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
