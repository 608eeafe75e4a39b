import { describe, expect, it } from 'vitest'
import type { Attributes } from '../../../src/pdata/attributes.ts'
import { resourceDetectionConfig, type DetectorName } from '../config.ts'
import type { Request } from '../surroundings.ts'
import { type Machine, surroundingsOf } from '../surroundings_for_tests.ts'
import { detectors } from './all.ts'

const NEVER = new AbortController().signal

/** What a detector says of a machine. */
function detect(name: DetectorName, machine: Machine, system: unknown = {}): Promise<Attributes> {
  const config = resourceDetectionConfig.parse({ system })
  return detectors[name](surroundingsOf(machine), NEVER, config)
}

const OS_RELEASE =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'

describe('env', () => {
  const of = (text: string): Promise<Attributes> =>
    detect('env', { env: { OTEL_RESOURCE_ATTRIBUTES: text } })

  it('reads the attributes that the environment names', async () => {
    expect(await of('a=1, b.c = x%20y%2C ,d=')).toEqual({ a: '1', 'b.c': 'x y,', d: '' })
    expect(await of('a=b=c,')).toEqual({ a: 'b=c' })
    expect(await detect('env', {})).toEqual({})
  })

  it('says what it cannot read', async () => {
    await expect(of('a=1,b')).rejects.toThrow(
      'OTEL_RESOURCE_ATTRIBUTES: expected key=value, received "b"',
    )
    await expect(of('a=%zz')).rejects.toThrow(
      'OTEL_RESOURCE_ATTRIBUTES: expected percent-encoding, received "%zz"',
    )
  })
})

describe('system', () => {
  it('tells name and operating system unless told otherwise', async () => {
    const machine = { reverse: 'node-1.example.org.' }
    expect(await detect('system', machine)).toEqual({
      'host.name': 'node-1.example.org',
      'os.type': 'linux',
    })
  })

  it('takes the name from the first source that has one', async () => {
    const name = async (machine: Machine, ...sources: string[]): Promise<unknown> =>
      (await detect('system', machine, { hostname_sources: sources }))['host.name']
    const all = { canonical: 'c.example.org', reverse: 'r.example.org' }
    expect(await name(all, 'os', 'dns')).toBe('node-1')
    expect(await name(all, 'cname')).toBe('c.example.org')
    expect(await name(all, 'dns')).toBe('r.example.org')
    expect(await name({ reverse: 'short' }, 'lookup')).toBe('short')
    for (const reverse of ['short', '10.0.0.7', 'localhost.localdomain']) {
      expect(await name({ reverse }, 'dns', 'os')).toBe('node-1')
    }
    expect(await name({}, 'dns', 'os')).toBe('node-1')
    await expect(name({}, 'dns', 'cname')).rejects.toThrow('no name of the host from dns, cname')
  })

  it('tells more where it is asked to', async () => {
    const files = { '/etc/machine-id': 'abc\n', '/usr/lib/os-release': OS_RELEASE }
    const names = ['host.id', 'host.arch', 'host.ip', 'host.mac']
    const more = [...names, 'os.name', 'os.version', 'os.description']
    const resource_attributes = {
      ...Object.fromEntries(more.map((key) => [key, { enabled: true }])),
      'host.name': { enabled: false },
    }
    expect(await detect('system', { files }, { resource_attributes })).toEqual({
      'host.id': 'abc',
      'host.arch': 'amd64',
      'host.ip': ['10.0.0.7', 'fe80::1'],
      'host.mac': ['0A-1B-2C-3D-4E-5F'],
      'os.type': 'linux',
      'os.name': 'Debian GNU/Linux',
      'os.version': '12',
      'os.description': 'Debian GNU/Linux 12 (bookworm) (Linux 6.12.0 x64)',
    })
  })
})

describe('os, process and container', () => {
  it('tell of the agent itself', async () => {
    expect(await detect('os', { files: { '/etc/os-release': OS_RELEASE } })).toEqual({
      'os.type': 'linux',
      'os.name': 'Debian GNU/Linux',
      'os.version': '12',
      'os.description': 'Debian GNU/Linux 12 (bookworm) (Linux 6.12.0 x64)',
    })
    expect(await detect('os', {})).toEqual({
      'os.type': 'linux',
      'os.description': 'Linux (Linux 6.12.0 x64)',
    })
    expect(await detect('process', {})).toEqual({
      'process.pid': 42,
      'process.executable.name': 'node',
      'process.executable.path': '/usr/bin/node',
      'process.owner': 'waggle',
      'process.runtime.name': 'nodejs',
      'process.runtime.version': '24.1.0',
    })
    const id = 'f'.repeat(64)
    const uid = '01234567-89ab-cdef-0123-456789abcdef'
    const path = `/kubepods/besteffort/pod${uid}/cri-containerd-${id}.scope`
    expect(await detect('container', { files: { '/proc/self/cgroup': `0::${path}\n` } })).toEqual({
      'container.id': id,
      'container.runtime.name': 'containerd',
      'k8s.pod.uid': uid,
    })
    expect(await detect('container', { files: { '/proc/self/cgroup': '0::/\n' } })).toEqual({})
  })
})

const IN_KUBERNETES = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }
const IMDS = 'http://169.254.169.254/latest'
const EC2 = {
  [`PUT ${IMDS}/api/token`]: 'secret',
  [`GET ${IMDS}/dynamic/instance-identity/document`]: JSON.stringify({
    region: 'eu-west-1',
    accountId: '123456789012',
    availabilityZone: 'eu-west-1a',
    instanceId: 'i-1',
    imageId: 'ami-1',
    instanceType: 't3.large',
  }),
  [`GET ${IMDS}/meta-data/hostname`]: 'ip-10-0-0-7.ec2.internal',
}
const INSTANCE = {
  'cloud.provider': 'aws',
  'cloud.region': 'eu-west-1',
  'cloud.account.id': '123456789012',
  'cloud.availability_zone': 'eu-west-1a',
  'host.id': 'i-1',
  'host.image.id': 'ami-1',
  'host.type': 't3.large',
  'host.name': 'ip-10-0-0-7.ec2.internal',
}

describe('AWS', () => {
  it('is asked with a token', async () => {
    const asked: Request[] = []
    const onRequest = (request: Request): void => void asked.push(request)
    expect(await detect('ec2', { answers: EC2, onRequest })).toEqual({
      ...INSTANCE,
      'cloud.platform': 'aws_ec2',
    })
    expect(asked[0]!.headers).toEqual({ 'X-aws-ec2-metadata-token-ttl-seconds': '60' })
    expect(asked[1]!.headers).toEqual({ 'X-aws-ec2-metadata-token': 'secret' })
  })

  it('is not there where nobody answers, or with nonsense', async () => {
    await expect(detect('ec2', {})).rejects.toThrow(`there is no answer to PUT ${IMDS}/api/token`)
    const answers = { ...EC2, [`GET ${IMDS}/dynamic/instance-identity/document`]: '<html>' }
    await expect(detect('ec2', { answers })).rejects.toThrow('is not valid JSON')
  })

  const account = '/var/run/secrets/kubernetes.io/serviceaccount'
  const files = { [`${account}/token`]: 'jwt\n', [`${account}/ca.crt`]: 'CA' }
  const versionOf = (gitVersion: string): Record<string, string> => ({
    'GET https://10.96.0.1:443/version': JSON.stringify({ gitVersion }),
  })

  it('is EKS in a cluster whose version says so, reached or not', async () => {
    const version = versionOf('v1.31.2-eks-7f9249a')
    const machine = { env: IN_KUBERNETES, files }
    const platform = { 'cloud.provider': 'aws', 'cloud.platform': 'aws_eks' }
    const asked: Request[] = []
    const onRequest = (request: Request): void => void asked.push(request)
    const answers = { ...EC2, ...version }
    expect(await detect('eks', { ...machine, answers, onRequest })).toEqual({
      ...INSTANCE,
      ...platform,
    })
    expect(asked[0]).toMatchObject({ ca: 'CA', headers: { authorization: 'Bearer jwt' } })
    expect(await detect('eks', { ...machine, answers: version })).toEqual(platform)
  })

  it('is no EKS elsewhere', async () => {
    expect(await detect('eks', { answers: EC2 })).toEqual({})
    const answers = { ...EC2, ...versionOf('v1.31.2') }
    expect(await detect('eks', { env: IN_KUBERNETES, files, answers })).toEqual({})
  })
})

const GCP = 'GET http://metadata.google.internal/computeMetadata/v1'
const COMPUTE = {
  [`${GCP}/project/project-id`]: 'shop-1',
  [`${GCP}/instance/id`]: '123\n',
  [`${GCP}/instance/zone`]: 'projects/9/zones/us-central1-c',
  [`${GCP}/instance/machine-type`]: 'projects/9/machineTypes/n1-standard-1',
  [`${GCP}/instance/name`]: 'node-1',
}

describe('Google Cloud', () => {
  const common = { 'cloud.provider': 'gcp', 'cloud.account.id': 'shop-1', 'host.id': '123' }
  const cluster = (location: string): Record<string, string> => ({
    ...COMPUTE,
    [`${GCP}/instance/attributes/cluster-name`]: 'main',
    [`${GCP}/instance/attributes/cluster-location`]: location,
  })

  it('is Compute Engine', async () => {
    const expected = {
      ...common,
      'cloud.platform': 'gcp_compute_engine',
      'cloud.availability_zone': 'us-central1-c',
      'cloud.region': 'us-central1',
      'host.type': 'n1-standard-1',
      'host.name': 'node-1',
    }
    const headers: unknown[] = []
    const onRequest = (request: Request): void => void headers.push(request.headers)
    expect(await detect('gcp', { answers: COMPUTE, onRequest })).toEqual(expected)
    expect(headers[0]).toEqual({ 'Metadata-Flavor': 'Google' })
    expect(await detect('gcp', { answers: COMPUTE, env: IN_KUBERNETES })).toEqual(expected)
    expect(await detect('gke', { answers: COMPUTE })).toEqual({})
    await expect(detect('gcp', {})).rejects.toThrow('there is no answer')
  })

  it.each(['gcp', 'gke'] as const)('is GKE, as %s says', async (name) => {
    const expected = {
      ...common,
      'cloud.platform': 'gcp_kubernetes_engine',
      'k8s.cluster.name': 'main',
      'host.name': 'node-1',
    }
    const env = IN_KUBERNETES
    expect(await detect(name, { answers: cluster('us-central1'), env })).toEqual({
      ...expected,
      'cloud.region': 'us-central1',
    })
    expect(await detect(name, { answers: cluster('us-central1-c'), env })).toEqual({
      ...expected,
      'cloud.availability_zone': 'us-central1-c',
    })
  })
})

describe('Azure', () => {
  const url =
    'GET http://169.254.169.254/metadata/instance/compute?api-version=2020-09-01&format=json'
  const compute = {
    location: 'westeurope',
    subscriptionId: 'sub',
    vmId: 'id',
    name: 'vm-1',
    vmSize: 'Standard_D2',
    vmScaleSetName: '',
    resourceGroupName: 'group',
    osProfile: { computerName: 'node-1' },
  }
  const answers = { [url]: JSON.stringify(compute) }

  it('is a virtual machine', async () => {
    expect(await detect('azure', { answers })).toEqual({
      'cloud.provider': 'azure',
      'cloud.platform': 'azure_vm',
      'cloud.region': 'westeurope',
      'cloud.account.id': 'sub',
      'host.id': 'id',
      'host.name': 'node-1',
      'azure.vm.name': 'vm-1',
      'azure.vm.size': 'Standard_D2',
      'azure.resourcegroup.name': 'group',
    })
  })

  it('is AKS in a cluster', async () => {
    const aks = { 'cloud.provider': 'azure', 'cloud.platform': 'azure_aks' }
    expect(await detect('aks', { answers, env: IN_KUBERNETES })).toEqual(aks)
    expect(await detect('aks', { answers })).toEqual({})
    await expect(detect('aks', { env: IN_KUBERNETES })).rejects.toThrow('there is no answer')
  })
})
