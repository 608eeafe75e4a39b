import { basename } from 'node:path'
import { parseCgroupFile } from '../../../src/helpers/container.ts'
import type { Attributes } from '../../../src/pdata/attributes.ts'
import type { HostnameSource, ResourceDetectionConfig } from '../config.ts'
import type { Surroundings } from '../surroundings.ts'
import { type Detector, told } from './detector.ts'

/** `OTEL_RESOURCE_ATTRIBUTES`: `k=v,k=v`, values in percent-encoding. */
export const env: Detector = async ({ env: variables }) => {
  const text = variables['OTEL_RESOURCE_ATTRIBUTES'] ?? ''
  return Object.fromEntries(
    text.split(',').flatMap((pair) => (pair.trim() === '' ? [] : [pairOf(pair)])),
  )
}

function pairOf(text: string): [key: string, value: string] {
  const at = text.indexOf('=')
  const key = text.slice(0, at).trim()
  if (at < 0 || key === '') {
    throw new Error(`OTEL_RESOURCE_ATTRIBUTES: expected key=value, received "${text.trim()}"`)
  }
  return [key, decoded(text.slice(at + 1).trim())]
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new Error(`OTEL_RESOURCE_ATTRIBUTES: expected percent-encoding, received "${value}"`)
  }
}

/** What the Collector calls `system`: the host and its operating system. */
export const system: Detector = async (around, _signal, config) => {
  const wanted = config.system.resource_attributes
  const isWanted = (name: string): boolean => wanted[name as keyof typeof wanted].enabled
  const all: Attributes = {
    'host.name': wanted['host.name'].enabled ? await hostName(around, config) : '',
    'host.id': machineId(around),
    'host.arch': ARCHITECTURES[around.arch] ?? around.arch,
    'host.ip': addresses(around, 'address'),
    'host.mac': addresses(around, 'mac').map((mac) => mac.toUpperCase().replaceAll(':', '-')),
    ...osAttributes(around),
  }
  return told(Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name))))
}

/** The operating system. */
export const os: Detector = async (around) => told(osAttributes(around))

/** Names of semantic conventions for those of Node.js. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm: 'arm32',
  ia32: 'x86',
  ppc64: 'ppc64',
}

function osAttributes(around: Surroundings): Attributes {
  const release = osRelease(around)
  const named = release.get('PRETTY_NAME') ?? release.get('NAME') ?? 'Linux'
  return {
    'os.type': 'linux',
    'os.name': release.get('NAME') ?? '',
    'os.version': release.get('VERSION_ID') ?? '',
    'os.description': `${named} (Linux ${around.kernel} ${around.arch})`,
  }
}

/** os-release(5). */
function osRelease(around: Surroundings): ReadonlyMap<string, string> {
  const text = firstFile(around, ['/etc/os-release', '/usr/lib/os-release'])
  const pairs = text.split('\n').map((line) => /^([A-Z_]+)=["']?(.*?)["']?$/.exec(line))
  return new Map(pairs.flatMap((pair) => (pair ? [[pair[1] as string, pair[2] as string]] : [])))
}

/** machine-id(5). */
function machineId(around: Surroundings): string {
  return firstFile(around, ['/etc/machine-id', '/var/lib/dbus/machine-id']).trim()
}

function firstFile(around: Surroundings, paths: readonly string[]): string {
  for (const path of paths) {
    try {
      return around.readFile(path)
    } catch {
      // The next one, if any.
    }
  }
  return ''
}

function addresses(around: Surroundings, field: 'address' | 'mac'): string[] {
  const outside = Object.values(around.interfaces()).flatMap((all) => all ?? [])
  const found = outside.filter(({ internal }) => !internal).map((one) => one[field])
  return [...new Set(found)]
}

async function hostName(
  around: Surroundings,
  { system: options }: ResourceDetectionConfig,
): Promise<string> {
  for (const source of options.hostname_sources) {
    try {
      const name = await SOURCES[source](around)
      if (name !== '') return name.replace(/\.$/, '')
    } catch {
      // The next source may have one.
    }
  }
  throw new Error(`no name of the host from ${options.hostname_sources.join(', ')}`)
}

const SOURCES: Readonly<Record<HostnameSource, (around: Surroundings) => Promise<string>>> = {
  os: async (around) => around.hostname(),
  cname: (around) => around.canonicalName(around.hostname()),
  lookup: (around) => around.reverseName(around.hostname()),
  dns: async (around) => {
    const name = await around.reverseName(around.hostname())
    // An address without a name comes back itself, and one of this host alone says nothing more.
    return isFullName(name) ? name : ''
  },
}

function isFullName(name: string): boolean {
  return name.includes('.') && !/^[\d.]+$/.test(name) && !name.startsWith('localhost')
}

/** The agent's own process. */
export const process: Detector = async ({ process: own }) => ({
  'process.pid': own.pid,
  'process.executable.name': basename(own.execPath),
  'process.executable.path': own.execPath,
  'process.owner': own.owner(),
  'process.runtime.name': 'nodejs',
  'process.runtime.version': own.nodeVersion,
})

/** The container that the agent runs in. */
export const container: Detector = async (around) => {
  const { owner } = parseCgroupFile(around.readFile('/proc/self/cgroup'))
  return told({
    'container.id': owner.containerId,
    'container.runtime.name': owner.runtime,
    'k8s.pod.uid': owner.podUid,
  })
}
