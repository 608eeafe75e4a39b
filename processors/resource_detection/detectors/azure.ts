import { textAt } from '../../../src/helpers/container_files.ts'
import { type Detector, inKubernetes, told } from './detector.ts'

/** learn.microsoft.com/azure/virtual-machines/instance-metadata-service */
const COMPUTE =
  'http://169.254.169.254/metadata/instance/compute?api-version=2020-09-01&format=json'

/** A virtual machine of Azure. */
export const azure: Detector = async (around, signal) => {
  const text = await around.request({ url: COMPUTE, headers: { Metadata: 'true' } }, signal)
  const compute: unknown = JSON.parse(text)
  return told({
    'cloud.provider': 'azure',
    'cloud.platform': 'azure_vm',
    'cloud.region': textAt(compute, 'location'),
    'cloud.account.id': textAt(compute, 'subscriptionId'),
    'host.id': textAt(compute, 'vmId'),
    'host.name': textAt(compute, 'osProfile', 'computerName') || textAt(compute, 'name'),
    'azure.vm.name': textAt(compute, 'name'),
    'azure.vm.size': textAt(compute, 'vmSize'),
    'azure.vm.scaleset.name': textAt(compute, 'vmScaleSetName'),
    'azure.resourcegroup.name': textAt(compute, 'resourceGroupName'),
  })
}

/** A node of AKS: a pod on a virtual machine of Azure. */
export const aks: Detector = async (around, signal) => {
  if (!inKubernetes(around)) return {}
  await around.request({ url: COMPUTE, headers: { Metadata: 'true' } }, signal)
  return { 'cloud.provider': 'azure', 'cloud.platform': 'azure_aks' }
}
