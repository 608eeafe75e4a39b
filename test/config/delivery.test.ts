import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { parseAllDocuments, parse } from 'yaml'
import { deliveryOf } from '../../extensions/delivery_api/fixtures.ts'
import { podDelivery } from '../../connectors/pod_delivery/index.ts'
import { BOUNDS_MS } from '../../connectors/pod_delivery/config.ts'
import { DeliveryMetrics } from '../../connectors/pod_delivery/output/delivery_metrics.ts'
import { runCli } from '../../src/cli/cli.ts'
import { components } from '../../src/components.ts'
import { TEMPORALITY, type Metric } from '../../src/pdata/metrics.ts'
import { filesOf, root, textOf } from '../tree/files.ts'

beforeEach(() => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317')
  return () => vi.unstubAllEnvs()
})

async function faultsOf(...files: readonly string[]): Promise<string> {
  let said = ''
  const stream = { write: (text: string) => (said += text), on: () => {} }
  const stderr = stream as unknown as NodeJS.WriteStream
  const args = files.flatMap((file) => ['--config', join(root, file)])
  const code = await runCli(['validate', ...args], {
    components,
    exit: () => {},
    stdout: stderr,
    stderr,
  })
  return code === 0 ? said : `${code}: ${said}`
}

describe('the configuration of', () => {
  const base = 'deploy/delivery/base/delivery.yaml'

  it.each([
    ['the pipeline', ['pipelines/delivery.yaml']],
    ['the audit log', [base, 'deploy/delivery/audit_file/receiver.yaml']],
    ['the webhook', [base, 'deploy/delivery/webhook/receiver.yaml']],
    ['the watch', [base, 'deploy/delivery/watch/receiver.yaml']],
    [
      'the watch that serves the cluster',
      [base, 'deploy/delivery/watch/receiver.yaml', 'deploy/delivery/serve/serve.yaml'],
    ],
  ])('%s is right', async (_, files) => {
    expect(await faultsOf(...files)).toBe('')
  })
})

describe('the manifests', () => {
  it('are YAML, and name every file that they are made of', () => {
    for (const file of filesOf('deploy/delivery/**/*.yaml')) {
      expect(parseAllDocuments(textOf(file)).flatMap(({ errors }) => errors)).toEqual([])
    }
    for (const file of filesOf('deploy/delivery/*/kustomization.yaml')) {
      const folder = file.slice(0, file.lastIndexOf('/'))
      const {
        resources = [],
        patches = [],
        configMapGenerator = [],
      } = parse(textOf(file)) as {
        resources?: string[]
        patches?: { path: string }[]
        configMapGenerator?: { files?: string[] }[]
      }
      const named = [
        ...resources,
        ...patches.map(({ path }) => path),
        ...configMapGenerator.flatMap(({ files = [] }) => files),
      ].filter((name) => !name.startsWith('..'))
      const there = filesOf(`${folder}/*.yaml`).map((one) => one.slice(folder.length + 1))
      expect(there.filter((name) => name !== 'kustomization.yaml')).toEqual(named.toSorted())
    }
  })
})

interface Panel {
  readonly title: string
  readonly type: string
  readonly gridPos: { readonly x: number; readonly w: number }
  readonly targets?: readonly { readonly expr: string }[]
}

describe('the dashboard', () => {
  const { panels, templating } = JSON.parse(
    readFileSync(join(root, 'deploy/dashboards/pod_delivery.json'), 'utf8'),
  ) as { panels: Panel[]; templating: { list: { name: string; definition?: string }[] } }
  const queries = [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...templating.list.flatMap(({ definition }) => definition ?? []),
  ]

  it('asks for nothing but what the connector tells, by labels that it has', () => {
    const told = prometheusSeries()
    expect(queries.length).toBeGreaterThan(12)
    for (const query of queries) {
      const names = query.match(/waggle_\w+/g) ?? []
      expect(names.length, query).toBeGreaterThan(0)
      expect(
        names.filter((name) => !told.has(name)),
        query,
      ).toEqual([])
      const labels = new Set(names.flatMap((name) => [...(told.get(name) ?? [])]))
      expect(
        labelsIn(query).filter((label) => !labels.has(label)),
        query,
      ).toEqual([])
    }
  })

  it('shows every metric of the connector', () => {
    const all = queries.join(' ')
    const unseen = [...prometheusSeries().keys()].filter(
      (name) => !/_(sum|count|bucket)$/.test(name),
    )
    expect(unseen.filter((name) => !all.includes(name))).toEqual([])
    expect(all).toContain('waggle_k8s_pod_delivery_stage_duration_seconds_bucket')
    expect(all).toContain('waggle_k8s_pod_delivery_platform_duration_seconds_bucket')
  })

  it('has no panel beside the screen, and no two that are called alike', () => {
    const titles = panels.map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
  })
})

/** The metrics of the connector as Prometheus has them, and their labels. */
function prometheusSeries(): Map<string, ReadonlySet<string>> {
  expect(podDelivery.conversions.map(({ to }) => to)).toContain('metrics')
  const options = { boundsMs: BOUNDS_MS, limit: 0, byWorkload: false }
  const metrics = new DeliveryMetrics({ ...options, temporality: TEMPORALITY.cumulative })
  metrics.count(deliveryOf(), 1)
  const active = { create: 1, delete: 0, restart: 0 }
  return new Map(metrics.take(2, true, { active, lagMs: 1 }).flatMap(seriesOf))
}

/** Names after the specification of OpenTelemetry to Prometheus. */
function seriesOf({ name, unit, data }: Metric): [string, ReadonlySet<string>][] {
  const base = `${name.replaceAll('.', '_')}${unit === 's' ? '_seconds' : ''}`
  const points = data.points as readonly { attributes: object }[]
  const labels = points.flatMap(({ attributes }) => Object.keys(attributes))
  const set = new Set(labels.map((label) => label.replaceAll('.', '_')))
  if (data.type === 'histogram') {
    return [
      [`${base}_bucket`, new Set([...set, 'le'])],
      [`${base}_sum`, set],
      [`${base}_count`, set],
    ]
  }
  return [[data.type === 'sum' ? `${base}_total` : base, set]]
}

/** The labels that a query names: in braces, in `by`, and of `label_values`. */
function labelsIn(query: string): string[] {
  const matchers = [...query.matchAll(/\{([^{}]*)\}/g)].flatMap(([, inner = '']) =>
    [...inner.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label),
  )
  const groups = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, inner = '']) =>
    inner.split(/,\s*/),
  )
  const values = [...query.matchAll(/label_values\(\w+, (\w+)\)/g)].map(([, label = '']) => label)
  return [...matchers, ...groups, ...values]
}
