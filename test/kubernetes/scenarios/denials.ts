import { makeCertificates } from '../../kit/certificates.ts'
import { eventually } from '../../kit/eventually.ts'
import { freePort } from '../../kit/processes.ts'
import type { KubeObject } from '../client.ts'
import { startJsonServer } from '../json_server.ts'
import { namespaceOf } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { deployment, lonePod, untilSaid } from '../scenarios_kit.ts'
import type { World } from '../world.ts'

const inNamespace = (namespace: string) => ({
  matchLabels: { 'kubernetes.io/metadata.name': namespace },
})

const createPods = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['pods'],
}

/** Has the API server ask somebody before pods are made in a namespace. */
const webhook = (namespace: string, url: string, ca: Buffer) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: namespace },
  webhooks: [
    {
      name: 'images.policy.example.com',
      clientConfig: { url, caBundle: ca.toString('base64') },
      rules: [createPods],
      namespaceSelector: inNamespace(namespace),
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      timeoutSeconds: 5,
    },
  ],
})

/** A webhook that refuses everything. */
const startRefusing = (message: string) =>
  startJsonServer(({ request }) => {
    const response = { uid: request.uid, allowed: false, status: { code: 403, message } }
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
  })

/** Waits until a pod would be refused: what refuses it is read by the API server in its own time. */
async function untilRefused(
  world: World,
  namespace: string,
  why: string,
  container: KubeObject = {},
): Promise<void> {
  const image = 'registry.example.com/shop/web:1.4.2'
  const containers = [{ name: 'app', image, ...container }]
  const body = lonePod(namespace, 'probe', { containers })
  await eventually(async () => {
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
    const { body: answer } = await world.admin.call('POST', path, { body })
    const message = String(answer['message'])
    if (!message.includes(why)) throw new Error(`not refused for ${why}: ${message}`)
  })
}

const quota = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'team-shop', namespace },
  spec: { hard: { 'requests.cpu': '1' } },
})

/** What is refused before there is a pod. */
export const denials: readonly Scenario[] = [
  {
    name: 'quota_denied',
    run: async (world, namespace) => {
      await world.apply(quota(namespace))
      await untilRefused(world, namespace, 'must specify requests.cpu')
      const resources = { requests: { cpu: '600m' } }
      await world.apply(deployment(namespace, { replicas: 2, container: { resources } }))
      await untilSaid(world, namespace, 'FailedCreate', 3)
    },
  },
  {
    name: 'webhook_denied',
    run: async (world, namespace) => {
      const { url, ca } = await startRefusing('image registry.example.com/shop/web is not signed')
      await world.apply(webhook(namespace, url, ca))
      await untilRefused(world, namespace, 'is not signed')
      await world.apply(deployment(namespace))
      await untilSaid(world, namespace, 'FailedCreate', 3)
    },
  },
  {
    name: 'webhook_unreachable',
    run: async (world, namespace) => {
      const { ca } = await makeCertificates()
      await world.apply(webhook(namespace, `https://127.0.0.1:${await freePort()}/`, ca))
      await untilRefused(world, namespace, 'failed calling webhook')
      await world.apply(deployment(namespace))
      await untilSaid(world, namespace, 'FailedCreate', 3)
    },
  },
  {
    name: 'admission_policy_denied',
    run: async (world, namespace) => {
      const meta = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: namespace } }
      const expression =
        'object.spec.containers.all(c, !c.image.startsWith("registry.example.com"))'
      const message = 'images come from registry.internal'
      const matchConstraints = {
        resourceRules: [createPods],
        namespaceSelector: inNamespace(namespace),
      }
      const validations = [{ expression, message }]
      const policy = { failurePolicy: 'Fail', matchConstraints, validations }
      await world.apply(
        { ...meta, kind: 'ValidatingAdmissionPolicy', spec: policy },
        {
          ...meta,
          kind: 'ValidatingAdmissionPolicyBinding',
          spec: { policyName: namespace, validationActions: ['Deny'] },
        },
      )
      await untilRefused(world, namespace, message)
      await world.apply(deployment(namespace))
      await untilSaid(world, namespace, 'FailedCreate', 3)
    },
  },
  {
    name: 'pod_security_denied',
    run: async (world, namespace) => {
      const label = 'pod-security.kubernetes.io/enforce=restricted'
      await world.kubectl(['label', 'namespace', namespace, label])
      await untilRefused(world, namespace, 'violates PodSecurity')
      await world.apply(deployment(namespace))
      await untilSaid(world, namespace, 'FailedCreate', 3)
    },
  },
  {
    name: 'limit_range_denied',
    run: async (world, namespace) => {
      const limits = [{ type: 'Container', max: { cpu: '1' } }]
      const metadata = { name: 'small', namespace }
      await world.apply({ apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits } })
      const resources = { limits: { cpu: '4' } }
      await untilRefused(world, namespace, 'maximum cpu usage', { resources })
      await world.apply(deployment(namespace, { container: { resources } }))
      await untilSaid(world, namespace, 'FailedCreate', 3)
    },
  },
  {
    name: 'service_account_missing',
    run: async (world, namespace) => {
      await world.apply(deployment(namespace, { pod: { serviceAccountName: 'shop' } }))
      await untilSaid(world, namespace, 'FailedCreate', 3)
    },
  },
  {
    name: 'priority_class_missing',
    run: async (world, namespace) => {
      await world.apply(deployment(namespace, { pod: { priorityClassName: 'no-such-class' } }))
      await untilSaid(world, namespace, 'FailedCreate', 3)
    },
  },
  {
    name: 'invalid_pod',
    run: async (world, namespace) => {
      const containers = [{ name: 'App', image: 'registry.example.com/shop/web:1.4.2' }]
      const body = lonePod(namespace, 'web', { containers })
      await world.admin.call('POST', `/api/v1/namespaces/${namespace}/pods`, { body })
    },
  },
  {
    name: 'dry_run',
    run: async (world, namespace) => {
      const where = [`--namespace=${namespace}`, '--dry-run=server']
      const image = '--image=registry.example.com/shop/web:1.4.2'
      await world.kubectl(['run', 'web', image, ...where])
    },
  },
]

/** Whose recorded lines are without those that only asked whether a pod would be refused. */
export const probed: ReadonlySet<string> = new Set(
  denials.filter(({ name }) => name !== 'dry_run').map(namespaceOf),
)
