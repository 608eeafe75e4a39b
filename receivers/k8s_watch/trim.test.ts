import { describe, expect, it } from 'vitest'
import type { KubernetesObject } from '../../src/kubernetes/index.ts'
import { trimmedEvent, trimmedOwner, trimmedPod } from './trim.ts'

const metadata = {
  name: 'web-1',
  namespace: 'shop',
  uid: '7',
  resourceVersion: '42',
  creationTimestamp: '2026-03-01T12:00:00Z',
  labels: { app: 'web' },
  ownerReferences: [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: '6', controller: true },
  ],
  annotations: {
    'kubectl.kubernetes.io/last-applied-configuration': '{"password":"s3cr3t"}',
    'example.com/long': 'x'.repeat(1025),
    'example.com/short': 'yes',
  },
  managedFields: [{ time: '2026-03-01T12:00:00Z' }],
  selfLink: '/api/v1/pods/web-1',
}

const kept = {
  name: 'web-1',
  namespace: 'shop',
  uid: '7',
  resourceVersion: '42',
  creationTimestamp: '2026-03-01T12:00:00Z',
  labels: { app: 'web' },
  ownerReferences: metadata.ownerReferences,
  annotations: { 'example.com/long': '', 'example.com/short': 'yes' },
}

describe('a pod', () => {
  const pod: KubernetesObject = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata,
    spec: {
      nodeName: 'n1',
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      volumes: [{ name: 'config', configMap: { name: 'web' } }],
      initContainers: [{ name: 'setup', image: 'setup:1', restartPolicy: 'Always' }],
      containers: [
        {
          name: 'app',
          image: 'web:1',
          command: ['run', '--password=s3cr3t'],
          args: ['s3cr3t'],
          env: [
            { name: 'PASSWORD', value: 's3cr3t' },
            { name: 'KEY', valueFrom: { secretKeyRef: { name: 'web', key: 'key' } } },
          ],
          envFrom: [{ configMapRef: { name: 'web' } }],
          resources: { requests: { cpu: '1' } },
          ports: [{ containerPort: 80 }],
          volumeMounts: [{ name: 'config', mountPath: '/etc' }],
          livenessProbe: { exec: { command: ['s3cr3t'] }, periodSeconds: 10 },
          readinessProbe: {
            httpGet: { path: '/?token=s3cr3t', port: 80, httpHeaders: [{ value: 's3cr3t' }] },
          },
          lifecycle: { postStart: { exec: { command: ['s3cr3t'] } }, stopSignal: 'SIGUSR1' },
          securityContext: { privileged: true },
        },
      ],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }

  it('keeps what explains its delivery', () => {
    expect(trimmedPod(pod)).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: kept,
      spec: {
        nodeName: 'n1',
        restartPolicy: 'Always',
        volumes: [{ name: 'config', configMap: { name: 'web' } }],
        initContainers: [{ name: 'setup', image: 'setup:1', restartPolicy: 'Always' }],
        containers: [
          {
            name: 'app',
            image: 'web:1',
            env: [
              { name: 'PASSWORD' },
              { name: 'KEY', valueFrom: { secretKeyRef: { name: 'web', key: 'key' } } },
            ],
            envFrom: [{ configMapRef: { name: 'web' } }],
            resources: { requests: { cpu: '1' } },
            livenessProbe: { exec: {}, periodSeconds: 10 },
            readinessProbe: { httpGet: { port: 80 } },
            lifecycle: { postStart: { exec: {} }, stopSignal: 'SIGUSR1' },
          },
        ],
      },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    })
  })

  it('keeps nothing that may be secret', () => {
    expect(JSON.stringify(trimmedPod(pod))).not.toContain('s3cr3t')
  })

  it('may be of any shape', () => {
    const odd = { metadata: {}, spec: { containers: [null, 'x'], initContainers: 3 }, status: null }
    expect(trimmedPod(odd)).toEqual({
      kind: undefined,
      apiVersion: undefined,
      metadata: {},
      spec: { containers: [{}, {}] },
      status: null,
    })
  })
})

it('an event is whole but for the book-keeping', () => {
  const rest = { reason: 'Pulled', message: 'Pulled it', count: 3, involvedObject: { uid: '7' } }
  const event = { kind: 'Event', apiVersion: 'v1', metadata, ...rest }
  expect(trimmedEvent(event)).toEqual({ kind: 'Event', apiVersion: 'v1', metadata: kept, ...rest })
})

it('an owner keeps how many pods it wants, and how a Job ended', () => {
  const spec = { completions: 3, parallelism: 2, template: { spec: {} } }
  const status = { active: 1, conditions: [{ type: 'Complete', status: 'True' }] }
  const job = { kind: 'Job', apiVersion: 'batch/v1', metadata, spec, status }
  expect(trimmedOwner(job)).toEqual({
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: kept,
    spec: { completions: 3, parallelism: 2 },
    status: { conditions: [{ type: 'Complete', status: 'True' }] },
  })
  const set = { kind: 'ReplicaSet', apiVersion: 'apps/v1', metadata, status: { replicas: 1 } }
  expect(Object.keys(trimmedOwner(set))).toEqual(['kind', 'apiVersion', 'metadata'])
})
