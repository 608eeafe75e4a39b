import type { Attributes } from '../pdata/attributes.ts'
import type { ProcessIdentity } from './process_identity.ts'
import { instanceId } from './process_instance.ts'
import { serviceName } from './service_name.ts'

/** What all processes of a host have in common. */
export interface HostFacts {
  readonly name: string
  /** Names this run of the kernel. */
  readonly boot: string
}

/**
 * A process as attributes of a resource. Names are those of the semantic conventions;
 * `systemd.unit.name` is the Collector's (its systemd receiver). What the process says of itself by
 * `OTEL_RESOURCE_ATTRIBUTES` goes over what is found. Arguments and owner are left out: the first may
 * hold secrets, the second has another name in each container.
 */
export function processAttributes(process: ProcessIdentity, host: HostFacts): Attributes {
  const { owner } = process.cgroup
  const { names } = process
  return {
    ...programAttributes(process),
    ...given({
      'systemd.unit.name': owner.unit,
      'container.id': owner.containerId,
      'container.name': names.name,
      'container.runtime.name': owner.runtime || names.runtime,
      'k8s.pod.uid': owner.podUid,
      'k8s.pod.name': names.k8sPod,
      'k8s.namespace.name': names.k8sNamespace,
      'k8s.container.name': names.k8sContainer,
      'service.instance.id': instanceId(process, host.boot),
    }),
    'host.name': host.name,
    'os.type': 'linux',
    ...process.info?.resourceAttributes,
    'service.name': serviceName(process),
  }
}

function programAttributes({ pid, comm, info }: ProcessIdentity): Attributes {
  if (pid === 0) return {}
  const executable = info?.executable || comm
  return {
    'process.pid': pid,
    'process.executable.name': executable.slice(executable.lastIndexOf('/') + 1),
    ...given({ 'process.executable.path': info?.executable ?? '' }),
  }
}

/** Without those that are empty. */
function given(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''))
}
