import { expect, it } from 'vitest'
import type { PipelineFacts } from '../../src/component/host.ts'
import type { ComponentState, ComponentStatus } from '../../src/component/status.ts'
import { healthCheckConfig } from './config.ts'
import { healthOf, type Fare, type Health } from './health.ts'

const NOW = 1_000_000

const pipelines: PipelineFacts[] = [
  {
    id: 'traces',
    kind: 'traces',
    receivers: ['otlp'],
    processors: ['batch'],
    exporters: ['otlp_grpc', 'counts'],
  },
  { id: 'metrics', kind: 'metrics', receivers: ['counts'], processors: [], exporters: ['file'] },
]

/** A component in a state since `ago` milliseconds. */
function status(
  name: string,
  state: ComponentState = 'ok',
  { ago = 0, failures = 0, pipeline = '' } = {},
): ComponentStatus {
  const [role, id] = name.split('/') as [ComponentStatus['role'], string]
  const error = state.endsWith('error') ? `${id} is broken` : ''
  return { role, id, pipeline, state, error, sinceMs: NOW - ago, failures }
}

const fine = [
  status('extension/health_check'),
  status('exporter/otlp_grpc'),
  status('exporter/file'),
  status('connector/counts'),
  status('processor/batch', 'ok', { pipeline: 'traces' }),
  status('receiver/otlp'),
]

/** The health where one component is otherwise than fine. */
function healthWith(other?: ComponentStatus, options: object = {}): Health {
  const all = fine.map((one) => (other && one.id === other.id ? other : one))
  return healthOf(all, pipelines, healthCheckConfig.parse(options), NOW)
}

/** `false stopping: traces false stopping, metrics true ok, extensions true ok` */
function summary(health: Health): string {
  const text = ({ healthy, state }: Fare): string => `${healthy} ${state}`
  const parts = [...health.pipelines, ['extensions', health.extensions] as const]
  return `${text(health)}: ${parts.map(([id, fare]) => `${id} ${text(fare)}`).join(', ')}`
}

it('is fine where every component is', () => {
  expect(summary(healthWith())).toBe('true ok: traces true ok, metrics true ok, extensions true ok')
})

it('is not there before there is a pipeline', () => {
  expect(summary(healthOf([], [], healthCheckConfig.parse({}), NOW))).toBe(
    'false none: extensions false none',
  )
})

it('shows an error in each pipeline that has the component, and counts it only where asked', () => {
  const broken = status('connector/counts', 'recoverable_error', { ago: 600_000 })
  const health = healthWith(broken)
  expect(summary(health)).toBe(
    'true recoverable_error: traces true recoverable_error, metrics true recoverable_error, extensions true ok',
  )
  expect(health).toMatchObject({ error: 'counts is broken', sinceMs: NOW - 600_000 })
  expect(
    summary(healthWith(broken, { component_health: { include_recoverable_errors: true } })),
  ).toBe(
    'false recoverable_error: traces false recoverable_error, metrics false recoverable_error, extensions true ok',
  )
})

it('leaves an error that may pass its time', () => {
  const options = {
    component_health: { include_recoverable_errors: true, recovery_duration: '10s' },
  }
  const failing = (ago: number) =>
    healthWith(status('exporter/file', 'recoverable_error', { ago }), options).healthy
  expect([failing(0), failing(9_999), failing(10_000)]).toEqual([true, true, false])
})

it('counts permanent errors only where asked', () => {
  const broken = status('processor/batch', 'permanent_error', { pipeline: 'traces' })
  expect(summary(healthWith(broken))).toBe(
    'true permanent_error: traces true permanent_error, metrics true ok, extensions true ok',
  )
  const options = { component_health: { include_permanent_errors: true } }
  expect(summary(healthWith(broken, options))).toBe(
    'false permanent_error: traces false permanent_error, metrics true ok, extensions true ok',
  )
})

it('names the error that makes it unhealthy before one that does not', () => {
  const options = healthCheckConfig.parse({
    component_health: { include_recoverable_errors: true, recovery_duration: '10s' },
  })
  const all = [
    status('exporter/file', 'permanent_error', { ago: 900_000 }),
    status('exporter/otlp_grpc', 'recoverable_error', { ago: 20_000 }),
  ]
  expect(healthOf(all, pipelines, options, NOW)).toMatchObject({
    healthy: false,
    error: 'otlp_grpc is broken',
  })
})

it('is not there while components begin and end, whatever fails beside', () => {
  for (const state of ['none', 'starting', 'stopping', 'stopped', 'fatal_error'] as const) {
    const all = [...fine, status('exporter/otlp_grpc/2', 'permanent_error')]
    const other = all.map((one) => (one.id === 'otlp' ? status('receiver/otlp', state) : one))
    const health = healthOf(other, pipelines, healthCheckConfig.parse({}), NOW)
    expect([health.healthy, health.state]).toEqual([false, state])
  }
})

it('counts failing exporters in the older way, by their failures or by the time', () => {
  const options = {
    check_collector_pipeline: { enabled: true, interval: '5m', exporter_failure_threshold: 3 },
  }
  const failing = (name: string, failures: number, ago: number): boolean =>
    healthWith(status(name, 'recoverable_error', { failures, ago }), options).healthy
  expect(failing('exporter/file', 2, 299_999)).toBe(true)
  expect(failing('exporter/file', 3, 1_000)).toBe(false)
  expect(failing('exporter/file', 1, 300_000)).toBe(false)
  expect(failing('receiver/otlp', 9, 900_000)).toBe(true)
  expect(healthWith(status('exporter/file', 'ok', { ago: 900_000 }), options).healthy).toBe(true)
})

it('tells processors of one name apart by their pipelines', () => {
  const all = [...fine, status('processor/batch', 'permanent_error', { pipeline: 'metrics' })]
  const health = healthOf(all, pipelines, healthCheckConfig.parse({}), NOW)
  expect([...health.pipelines].map(([id, { state }]) => `${id} ${state}`)).toEqual([
    'traces ok',
    'metrics permanent_error',
  ])
})
