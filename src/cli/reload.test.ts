import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { defineExporter, defineReceiver } from '../component/component.ts'
import { ComponentRegistry } from '../component/registry.ts'
import { CollectorHost } from '../pipeline/collector_host.ts'
import type { Plan } from '../pipeline/plan.ts'
import { createLogger } from '../telemetry/logger.ts'
import { MetricRegistry } from '../telemetry/metric_registry.ts'
import { loadPlan } from './load.ts'
import { Reloader } from './reload.ts'

const never = (): never => {
  throw new Error('not made in this test')
}
const facts = { summary: 'A fake.', stability: 'development', create: never } as const
const options = z.strictObject({ endpoint: z.string().default('here') })
const registry = new ComponentRegistry([
  defineReceiver({ ...facts, type: 'source', config: options, produces: ['traces'] }),
  defineExporter({ ...facts, type: 'sink', config: options, consumes: ['traces'] }),
])

const yaml = (sink: string, level = 'info') => `
receivers: {source: }
exporters: {sink: {${sink}}}
service:
  telemetry: {logs: {level: ${level}}}
  pipelines: {traces: {receivers: [source], exporters: [sink]}}
`

let dir: string
let file: string
let plans: Plan[]
let logged: string[]
let host: CollectorHost
let meters: MetricRegistry
let reloader: Reloader
let apply: (plan: Plan) => Promise<void>
/** A reloader of the file as it stands. */
let made: (watch: boolean) => Promise<Reloader>
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reload-'))
  file = join(dir, 'waggle.yaml')
  writeFileSync(file, yaml('endpoint: one'))
  plans = []
  logged = []
  host = new CollectorHost()
  meters = new MetricRegistry('normal')
  apply = async (plan) => void plans.push(plan)
  const load = () => loadPlan({ config: [file], set: [] }, registry)
  const log = createLogger({
    encoding: 'console',
    out: { write: (line) => logged.push(line.slice(13).trimEnd()) },
  })
  const graph = { reload: (plan: Plan) => apply(plan) }
  const meter = meters.meter({})
  made = async (watch) =>
    new Reloader({ load, loaded: await load(), graph, host, log, meter, watch })
  reloader = await made(false)
})
afterEach(() => {
  reloader.stop()
  rmSync(dir, { recursive: true })
})

/** The exporter's options in each plan that the graph was given. */
const endpoints = () => plans.map(({ pipelines }) => pipelines[0]?.exporters[0]?.component.config)

const metrics = () =>
  Object.fromEntries(
    meters
      .collect()
      .metrics.flatMap(({ facts: { name }, points }) =>
        points.map(({ attributes, value }) => [
          `${name} ${attributes['result'] ?? ''}`.trim(),
          value,
        ]),
      )
      .filter(([name]) => !String(name).endsWith('timestamp')),
  )

describe('reloading', () => {
  it('hands the configuration as it stands to the graph, and tells what runs', async () => {
    reloader.start()
    writeFileSync(file, yaml('endpoint: two'))
    await reloader.reload('SIGHUP')
    expect(endpoints()).toEqual([{ endpoint: 'two' }])
    expect(host.configuration()).toContain('endpoint: two')
    expect(metrics()).toEqual({
      'waggle.config.reloads success': 1,
      'waggle.config.reloads failure': 0,
      'waggle.config.last_reload_successful': 1,
    })
  })

  it('says where the new one is wrong, and leaves the graph alone', async () => {
    reloader.start()
    writeFileSync(file, yaml('endpont: two'))
    await reloader.reload('SIGHUP')
    expect(endpoints()).toEqual([])
    expect(host.configuration()).toContain('endpoint: one')
    expect(logged.at(-1)).toMatch(
      /^error Configuration not reloaded, the one before goes on\. problems=\[".*waggle\.yaml:3:20: exporters\.sink: unknown key \\"endpont\\", did you mean \\"endpoint\\"/,
    )
    expect(metrics()).toMatchObject({
      'waggle.config.reloads failure': 1,
      'waggle.config.last_reload_successful': 0,
    })
  })

  it('takes what a file says that changed while the parts started', async () => {
    vi.useFakeTimers()
    reloader.stop()
    reloader = await made(true)
    writeFileSync(file, yaml('endpoint: two'))
    reloader.start()
    vi.advanceTimersByTime(2000)
    vi.useRealTimers()
    await reloader.reload('SIGHUP')
    expect(logged).toContain('info  Reloading the configuration. reason="file changed"')
    expect(endpoints()[0]).toEqual({ endpoint: 'two' })
  })

  it('says why the new one does not start', async () => {
    reloader.start()
    apply = async () => {
      throw new Error('start exporter sink', { cause: new Error('port taken') })
    }
    await reloader.reload('SIGHUP')
    expect(logged.at(-1)).toBe(
      'error Configuration not reloaded, the one before goes on. error="start exporter sink: port taken"',
    )
    expect(host.configuration()).toContain('endpoint: one')
  })

  it('says which parts a reload does not change', async () => {
    reloader.start()
    writeFileSync(file, yaml('endpoint: one', 'debug'))
    await reloader.reload('SIGHUP')
    expect(logged).toContain(
      'warn  This part takes effect at the next start only. part=service.telemetry',
    )
  })

  it('does what is asked for during a reload after it, once', async () => {
    reloader.start()
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    apply = async (plan) => {
      plans.push(plan)
      await held
    }
    const first = reloader.reload('SIGHUP')
    for (let i = 0; i < 3; i++) void reloader.reload('SIGHUP')
    letGo()
    await first
    expect(plans).toHaveLength(2)
  })

  it('does what is asked for before the graph runs when it does', async () => {
    process.emit('SIGHUP')
    expect(plans).toEqual([])
    reloader.start()
    await reloader.reload('SIGHUP')
    expect(plans.length).toBeGreaterThan(0)
  })
})
