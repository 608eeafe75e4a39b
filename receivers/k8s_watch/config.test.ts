import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { k8sWatchConfig } from './config.ts'
import { k8sWatchRequirements } from './preflight.ts'

const testdata = (file: string) => readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8')

describe('the configuration of k8s_watch', () => {
  it('watches pods, events and the metadata of owners in all namespaces, as the own account', () => {
    expect(k8sWatchConfig.parse({})).toMatchObject({
      auth_type: 'serviceAccount',
      namespaces: [],
      pods: {},
      events: { enabled: true },
      owners: 'metadata',
      resync: 0,
    })
  })

  it('names the ways to be somebody', () => {
    const bad: unknown = parse(testdata('bad_auth_type.yaml'))
    const [issue] = k8sWatchConfig.safeParse(bad).error?.issues ?? []
    expect([issue?.path, (issue as { values?: unknown }).values]).toEqual([
      ['auth_type'],
      ['serviceAccount', 'kubeConfig', 'none'],
    ])
  })
})

describe('what k8s_watch needs', () => {
  it('is a way to the API server and the rules for what is configured', () => {
    const config = k8sWatchConfig.parse({
      auth_type: 'kubeConfig',
      kubeconfig: '/nonexistent/config',
      namespaces: ['shop'],
      owners: 'none',
    })
    const rows = k8sWatchRequirements(config)
    expect(rows.map(({ name, answer }) => `${name}: ${answer}`)).toEqual([
      'Kubernetes API (auth_type: kubeConfig): not_supported',
      'may list and watch pods in shop: unknown',
      'may list and watch events in shop: unknown',
    ])
    expect(rows[0]?.found).toBe("ENOENT: no such file or directory, access '/nonexistent/config'")
    expect(rows[1]?.remedy).toBe(
      'Give a Role in shop with apiGroups: [""], resources: ["pods"], verbs: ["list","watch"].',
    )
  })

  it('are ClusterRoles where all namespaces are watched', () => {
    const rows = k8sWatchRequirements(k8sWatchConfig.parse({ owners: 'whole' }))
    expect(rows.slice(1).map(({ name }) => name)).toEqual([
      'may list and watch deployments.apps',
      'may list and watch replicasets.apps',
      'may list and watch jobs.batch',
      'may list and watch pods',
      'may list and watch events',
    ])
    expect(rows[2]?.remedy).toBe(
      'Give a ClusterRole with apiGroups: ["apps"], resources: ["replicasets"], verbs: ["list","watch"].',
    )
  })
})
