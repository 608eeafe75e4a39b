import { textAt } from '../../../src/helpers/container_files.ts'
import type { Attributes } from '../../../src/pdata/attributes.ts'
import type { Surroundings } from '../surroundings.ts'
import { type Detector, inKubernetes, told } from './detector.ts'
import { kubernetesVersion } from './kubernetes.ts'

/** The instance metadata service, version 2: docs.aws.amazon.com/AWSEC2, "Use IMDSv2". */
const IMDS = 'http://169.254.169.254/latest'
const TOKEN = 'X-aws-ec2-metadata-token'

/** An instance of EC2. */
export const ec2: Detector = async (around, signal) => {
  return { ...(await instance(around, signal)), 'cloud.platform': 'aws_ec2' }
}

/** A node of EKS: a cluster whose version says so, on an instance of EC2. */
export const eks: Detector = async (around, signal) => {
  if (!inKubernetes(around)) return {}
  if (!(await kubernetesVersion(around, signal)).includes('-eks-')) return {}
  const platform = { 'cloud.provider': 'aws', 'cloud.platform': 'aws_eks' }
  // Pods may be kept from the metadata service; what is known is told all the same.
  const found = await instance(around, signal).catch((): Attributes => ({}))
  return { ...found, ...platform }
}

async function instance(around: Surroundings, signal: AbortSignal): Promise<Attributes> {
  const token = await around.request(
    { url: `${IMDS}/api/token`, method: 'PUT', headers: { [`${TOKEN}-ttl-seconds`]: '60' } },
    signal,
  )
  const get = (path: string): Promise<string> =>
    around.request({ url: `${IMDS}/${path}`, headers: { [TOKEN]: token } }, signal)
  const [text, name] = await Promise.all([
    get('dynamic/instance-identity/document'),
    get('meta-data/hostname'),
  ])
  const document: unknown = JSON.parse(text)
  return told({
    'cloud.provider': 'aws',
    'cloud.region': textAt(document, 'region'),
    'cloud.account.id': textAt(document, 'accountId'),
    'cloud.availability_zone': textAt(document, 'availabilityZone'),
    'host.id': textAt(document, 'instanceId'),
    'host.image.id': textAt(document, 'imageId'),
    'host.type': textAt(document, 'instanceType'),
    'host.name': name.trim(),
  })
}
