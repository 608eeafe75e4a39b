import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newestRecording, recordedDelivery } from '../bench/audit_events.ts'
import { writeAtPace } from '../bench/audit_pace.ts'
import { startAgent, unbalanced } from '../kit/agent.ts'
import { cleansUp, eventually, tempDir } from '../kit/fixtures.ts'
import { startOtlpSink } from '../kit/otlp_sink.ts'
import { freePort, run } from '../kit/processes.ts'
import { cpuMsOf } from '../kit/proc.ts'

cleansUp()

const shipped = join(import.meta.dirname, '../../pipelines/delivery.yaml')
const SECONDS = 60

describe('pipelines/delivery.yaml under load', () => {
  it('[3.21] tells of each of 1,000 pods a minute on one core, of which most is left', async () => {
    const log = join(tempDir('audit'), 'audit.log')
    writeFileSync(log, '')
    const sink = await startOtlpSink()
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
      WAGGLE_STATE_DIR: tempDir('delivery'),
      WAGGLE_DELIVERY_PORT: String(await freePort()),
      WAGGLE_AUDIT_LOG: log,
    }
    const agent = await startAgent('{}', { env, args: ['--config', `file:${shipped}`] })
    const { pid } = agent.program
    await run('taskset', ['-a', '-c', '-p', '0', String(pid)])
    const before = cpuMsOf(pid)

    const delivery = recordedDelivery(newestRecording(), { bytes: 8192 })
    const pace = { podsPerMinute: 1000, seconds: SECONDS }
    const pods = delivery.pods * (await writeAtPace(log, delivery, pace))
    expect(pods).toBeGreaterThanOrEqual(1000)
    const roots = () =>
      sink.spans().filter(({ name, parentSpanId }) => name === 'pod create' && parentSpanId === '')
    await eventually(() => expect(roots().length).toBe(pods), { intervalMs: 500 })

    expect(cpuMsOf(pid) - before).toBeLessThan(SECONDS * 1000 * 0.5)
    const outcomes = new Set(
      roots().map(({ attributes }) =>
        ['outcome', 'code', 'kept'].map((key) => attributes[`waggle.delivery.${key}`]).join(' '),
      ),
    )
    expect([...outcomes]).toEqual(['ready Success kept'])
    const { exit, totals } = await agent.stop()
    expect(exit.code).toBe(0)
    expect(unbalanced(totals)).toEqual([])
  })
})
