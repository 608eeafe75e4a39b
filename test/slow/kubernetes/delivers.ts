import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startAgent, totalsOf, type Agent } from '../../kit/agent.ts'
import { makeCertificates } from '../../kit/certificates.ts'
import { eventually } from '../../kit/eventually.ts'
import type { SpanView } from '../../kit/otlp.ts'
import { startOtlpSink, type OtlpSink } from '../../kit/otlp_sink.ts'
import { freePort } from '../../kit/processes.ts'
import { tempDir } from '../../kit/temp_dir.ts'
import { untilReady } from '../../kubernetes/scenarios_kit.ts'
import { healthy } from '../../kubernetes/scripts.ts'
import { startWorld } from '../../kubernetes/world.ts'
import type { World } from '../../kubernetes/world.ts'

// A busy machine is no failure.
const PATIENCE = { timeoutMs: 90_000 }
const shipped = join(import.meta.dirname, '..', '..', '..', 'pipelines', 'delivery.yaml')

/** That the shipped pipeline tells of deliveries while they happen. */
export function deliversLive(world: () => World): void {
  describe('pipelines/delivery.yaml', () => {
    it('[3.1] [3.5] [3.8] follows the audit log: traces, verdicts and metrics of a Deployment', async () => {
      const sink = await startOtlpSink()
      const agent = await startDelivery(sink, { WAGGLE_AUDIT_LOG: world().audit.path })
      await isToldOf(world(), sink, 'delivered')
      await endsWithNothingLost(agent)
    })

    it('takes what the API server sends to a webhook', async () => {
      const sink = await startOtlpSink()
      const { caFile, server } = await makeCertificates()
      const port = await freePort()
      const agent = await startDelivery(
        sink,
        { WAGGLE_AUDIT_LOG: join(tempDir('audit'), 'none.log') },
        [
          `--set=receivers.k8s_audit.webhook.endpoint=127.0.0.1:${port}`,
          `--set=receivers.k8s_audit.webhook.tls.cert_file=${server.certFile}`,
          `--set=receivers.k8s_audit.webhook.tls.key_file=${server.keyFile}`,
        ],
      )
      const auditWebhook = { url: `https://127.0.0.1:${port}/k8s/audit`, caFile }
      const other = await startWorld({ minor: world().minor, auditWebhook })
      await isToldOf(other, sink, 'sent')
      await other.stop()
      await endsWithNothingLost(agent)
    }, 400_000)
  })
}

async function startDelivery(
  sink: OtlpSink,
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<Agent> {
  const port = await freePort()
  const own = {
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
    WAGGLE_STATE_DIR: tempDir('delivery'),
    WAGGLE_DELIVERY_PORT: String(port),
  }
  const config = `file:${shipped}`
  return startAgent('{}', { env: { ...own, ...env }, args: ['--config', config, ...args] })
}

/** Makes a Deployment, and waits for what is told of its two pods. */
async function isToldOf(world: World, sink: OtlpSink, namespace: string): Promise<void> {
  await world.namespace(namespace, () => healthy({ pull: 0.2 }))
  const where = [`--namespace=${namespace}`, '--image=registry.example.com/shop/web:1']
  await world.kubectl(['create', 'deployment', 'web', '--replicas=2', ...where])
  await untilReady(world, namespace, 2)
  const readyMs = Date.now()
  const ready = { 'k8s.namespace.name': namespace, 'waggle.delivery.outcome': 'ready' }
  const roots = await eventually(() => {
    const found = sink.spans().filter(({ name }) => name === 'pod create')
    const own = found.filter(
      ({ attributes, parentSpanId }) =>
        parentSpanId === '' && attributes['k8s.namespace.name'] === namespace,
    )
    expect(own).toHaveLength(2)
    return own
  }, PATIENCE)
  process.stdout.write(`told ${Date.now() - readyMs} ms after kubectl saw both pods Ready\n`)
  for (const root of roots)
    expect(root.attributes).toMatchObject({ ...ready, 'waggle.delivery.kept': 'kept' })
  for (const root of roots) expect(stagesOf(sink, root)).toEqual(expect.arrayContaining(STAGES))
  await eventually(() => {
    const told = sink.logs().filter(({ eventName }) => eventName === 'k8s.pod.delivery')
    const own = told.filter(({ attributes }) => attributes['k8s.namespace.name'] === namespace)
    expect(own.map(({ traceId }) => traceId).toSorted()).toEqual(
      roots.map(({ traceId }) => traceId).toSorted(),
    )
    expect(sink.points().map(({ metric }) => metric)).toEqual(
      expect.arrayContaining([
        'waggle.k8s.pod_delivery.duration',
        'waggle.k8s.pod_delivery.stage.duration',
        'waggle.k8s.pod_delivery.verdicts',
        'waggle.k8s.pod_delivery.codes',
      ]),
    )
  }, PATIENCE)
}

const STAGES = [
  'admission',
  'scheduling',
  'sandbox',
  'image_pull registry.example.com/shop/web:1',
  'container_create web',
  'container_start web',
]

function stagesOf(sink: OtlpSink, root: SpanView): string[] {
  const parts = sink.spans().filter(({ parentSpanId }) => parentSpanId === root.spanId)
  return parts.map(({ name }) => name)
}

async function endsWithNothingLost(agent: Agent): Promise<void> {
  const { exit, totals } = await agent.stop()
  expect(exit).toEqual({ code: 0, signal: null })
  expect(totalsOf('exporter/otlp_grpc', totals).dropped).toEqual({})
}
