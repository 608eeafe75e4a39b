import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { errorsOf, Followed, recorded, shuffled } from './followed_for_tests.ts'

// Long after the logs were written.
beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2027, 0) }))
afterEach(() => void vi.useRealTimers())

const VERSIONS = ['v1.30.14', 'v1.36.3']

describe.each(VERSIONS)('pod_delivery with the audit log of a control plane %s', (version) => {
  const followed = (scenario: string, options?: object) =>
    new Followed(options).take(recorded(scenario, version)).end()

  it('has a trace of each pod and of the rollout, with a span for each stage that ended', () => {
    const all = followed('healthy')
    expect(all.roots).toEqual(['pod create ready', 'pod create ready', 'deployment rollout ready'])
    const names = all.stages('pod create').map(([name]) => name)
    expect(names).toEqual(
      [
        'admission',
        'scheduling',
        'sandbox',
        'image_pull registry.example.com/shop/web:1.4.2',
        'container_create app',
        'container_start app',
        'pod_ready',
        'readiness app',
      ].toSorted((a, b) => names.indexOf(a) - names.indexOf(b)),
    )
    for (const [, start, end] of all.stages('pod create')) expect(end).toBeGreaterThanOrEqual(start)
    expect(all.spans.flatMap(({ attributes }) => attributes['waggle.delivery.open'] ?? [])).toEqual(
      [],
    )
  })

  it('[3.6] parses each record once, whatever is made of it', () => {
    const lines = recorded('healthy', version)
    const all = new Followed().take(lines).end()
    expect(all.account['parsed']).toBe(lines.length)
  })

  it('[3.8] hands on traces, metrics and logs', () => {
    const all = followed('healthy')
    expect(all.spans.length).toBeGreaterThan(10)
    expect(all.records.map(({ eventName, traceId }) => [eventName, traceId])).toEqual(
      all.spans
        .filter(({ name }) => name === 'pod create')
        .filter(({ parentSpanId, links }) => parentSpanId === '' && links)
        .map(({ traceId }) => ['k8s.pod.delivery', traceId]),
    )
    expect(
      new Set(all.metrics.map(({ name }) => name.replace('waggle.k8s.pod_delivery.', ''))),
    ).toEqual(
      new Set([
        'duration',
        'platform.duration',
        'stage.duration',
        'verdicts',
        'codes',
        'active',
        'lag',
      ]),
    )
  })

  it('[3.3] makes one trace of pulls that fail again and again, with the failures in it', () => {
    const all = followed('image_not_found')
    expect(all.roots).toEqual(['pod create unknown'])
    const pull = all.stage('pod create', 'image_pull registry.example.com/shop/web:no-such-tag')
    expect(errorsOf(pull).map(([type]) => type)).toContain('BackOff')
    expect(errorsOf(pull).some(([, count]) => Number(count) > 1)).toBe(true)
  })

  it.each([
    ['delete_normal', 'pod delete deleted'],
    ['delete_forced', 'pod delete deleted'],
    ['delete_finalizer', 'pod delete deleted'],
    ['evicted_api', 'pod delete deleted'],
    ['restart_in_place', 'container restart ready'],
    ['job_succeeded', 'pod create succeeded'],
    ['job_failed', 'pod create failed'],
    ['webhook_denied', 'pod create rejected'],
    ['deleted_before_ready', 'pod create deleted'],
  ])('tells how %s ends: %s', (scenario, root) => {
    expect(followed(scenario).roots).toContain(root)
  })

  it('[3.16] has an error status and an exception on what failed for good', () => {
    const all = followed('webhook_denied')
    const root = all.root('pod create')
    expect(root.status.code).toBe(2)
    expect(errorsOf(root)).toEqual([['403', 1]])
    expect(all.roots).toEqual(['pod create rejected'])
    expect(all.account['rejections.repeated']).toBeGreaterThan(2)
  })

  it('says nothing of a dry run', () => {
    const all = followed('dry_run')
    expect(all.roots).toEqual([])
    expect(all.account['ignored dry_run']).toBe(1)
  })
})

describe('pod_delivery with a log in another order', () => {
  const scenarios = readdirSync(new URL('../../test/kubernetes/recorded/v1.36.3', import.meta.url))
    .map((file) => file.replace('.jsonl', ''))
    .filter((name) => name !== 'README.md')

  it.each(scenarios)('makes the same of %s, shuffled and told twice', (scenario) => {
    const lines = recorded(scenario)
    const spans = (bodies: readonly string[]) =>
      new Followed()
        .take(bodies)
        .end()
        .spans.map((span) =>
          JSON.stringify(span, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
        )
        .toSorted()
    const wanted = spans(lines)
    expect(spans([...lines, ...lines])).toEqual(wanted)
    expect(spans(shuffled([...lines, ...lines], 7))).toEqual(wanted)
  })
})
