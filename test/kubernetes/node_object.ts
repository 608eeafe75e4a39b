import type { KubeObject } from './client.ts'
import type { NodeOptions } from './world.ts'

/** A node as its kubelet registers it, Ready from the beginning. */
export function nodeObject(node: NodeOptions, version: string): KubeObject {
  const { name, cpu = '8', memory = '32Gi', labels = {}, taints = [] } = node
  const now = new Date().toISOString().replace(/\.\d+/, '')
  const resources = { cpu, memory, pods: '110', 'ephemeral-storage': '100Gi' }
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  })
  return {
    metadata: {
      name,
      // The controller attaches volumes, as it does unless a kubelet is told otherwise.
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels },
    },
    spec: { taints },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address: '10.0.0.10' },
        { type: 'Hostname', address: name },
      ],
      // pkg/kubelet/nodestatus/setters.go
      conditions: [
        condition(
          'MemoryPressure',
          'False',
          'KubeletHasSufficientMemory',
          'kubelet has sufficient memory available',
        ),
        condition(
          'DiskPressure',
          'False',
          'KubeletHasNoDiskPressure',
          'kubelet has no disk pressure',
        ),
        condition(
          'PIDPressure',
          'False',
          'KubeletHasSufficientPID',
          'kubelet has sufficient PID available',
        ),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: '6.12.0',
        kubeProxyVersion: version,
        kubeletVersion: version,
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        systemUUID: '',
      },
    },
  }
}
