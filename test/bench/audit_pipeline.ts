import { EMPTY, Subject } from 'rxjs'
import { components } from '../../src/components.ts'
import type { Connector, Factory } from '../../src/component/component.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import { collectGarbage } from '../../src/helpers/collect_garbage.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { Logs } from '../../src/pdata/logs.ts'
import type { Traces } from '../../src/pdata/traces.ts'
import { k8sAuditConfig } from '../../receivers/k8s_audit/config.ts'
import { k8sAudit } from '../../receivers/k8s_audit/index.ts'

type ConnectorFactory = Extract<Factory, { role: 'connector' }>

/** The connector that makes deliveries of events; undefined where this build has none. */
export const podDelivery = components.find(
  (factory): factory is ConnectorFactory =>
    factory.role === 'connector' && factory.type === 'pod_delivery',
)

/** What is measured, in a process of its own. */
export interface PipelineTask {
  readonly path: string
  /** With the connector behind the receiver. */
  readonly deliveries: boolean
  /** Follows the file until the process is told to end; otherwise it is read once. */
  readonly follow: boolean
  /** Options of `select`. */
  readonly select: object
}

/** What it took. */
export interface PipelineCost {
  readonly records: number
  readonly spans: number
  readonly dropped: number
  /** CPU of all threads, and time, from the first read to the end. */
  readonly cpuMs: number
  readonly wallMs: number
  /** Most that was resident. */
  readonly peakMib: number
  /** Resident at the end, after a collection. */
  readonly endMib: number
  /** Milliseconds from the writing of an event to its record, of the events of a followed file. */
  readonly recordLags: readonly number[]
  /** Milliseconds from the end of the last span of a batch to when the batch was handed on. */
  readonly spanLags: readonly number[]
}

/** Runs the pipeline; resolves when the file is read, or at `ended`. */
export async function runPipeline(
  task: PipelineTask,
  started: () => void,
  ended: Promise<void>,
): Promise<PipelineCost> {
  const settings = testSettings(k8sAudit)
  const file = { path: task.path, follow: task.follow, start_at: 'beginning' }
  const receiver = k8sAudit.create(settings, k8sAuditConfig.parse({ file, select: task.select }))
  const connector = task.deliveries ? makeConnector() : undefined
  const counts = { records: 0, spans: 0 }
  const recordLags: number[] = []
  const spanLags: number[] = []
  const logs = new Subject<Batch>()
  const read = Promise.withResolvers<void>()
  receiver.batches$.subscribe({
    next: (batch) => {
      counts.records += batch.itemCount
      if (task.follow) noteLags(batch as Logs, recordLags)
      if (connector) logs.next(batch)
      else batch.delivery.settle({ kind: 'accepted' })
    },
    complete: () => read.resolve(),
  })
  const out$ = connector?.operator(logs) ?? EMPTY
  out$.subscribe((batch) => {
    if (batch.kind === 'traces') {
      counts.spans += batch.itemCount
      if (task.follow) spanLags.push(Date.now() - lastEndMs(batch))
    }
    batch.delivery.settle({ kind: 'accepted' })
  })
  await connector?.start?.()
  const began = performance.now()
  const before = process.cpuUsage()
  await receiver.start?.()
  started()
  await (task.follow ? ended : read.promise)
  const { user, system } = process.cpuUsage(before)
  const wallMs = performance.now() - began
  const peakMib = process.resourceUsage().maxRSS / 1024
  await collectGarbage()
  const endMib = process.memoryUsage.rss() / 1024 / 1024
  await receiver.shutdown?.()
  logs.complete()
  await connector?.shutdown?.()
  const dropped = [...settings.counters.dropped.values()].reduce((sum, one) => sum + one, 0)
  const cpuMs = (user + system) / 1000
  return { ...counts, dropped, cpuMs, wallMs, peakMib, endMib, recordLags, spanLags }
}

function makeConnector(): Connector {
  if (!podDelivery) throw new Error('this build has no connector pod_delivery')
  return podDelivery.create(testSettings(podDelivery), podDelivery.config.parse({}))
}

/** How long ago each event happened. */
function noteLags({ groups }: Logs, lags: number[]): void {
  const now = Date.now()
  for (const { logs } of groups) {
    for (let i = 0; i < logs.length; i++) lags.push(now - Number(logs.timeNs(i) / 1000n) / 1000)
  }
}

/** When the last of its spans ended. */
function lastEndMs({ groups }: Traces): number {
  let last = 0
  for (const { spans } of groups) {
    for (let i = 0; i < spans.length; i++) {
      last = Math.max(last, Number(spans.at(i).endNs / 1_000_000n))
    }
  }
  return last
}
