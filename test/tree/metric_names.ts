import { EMPTY } from 'rxjs'
import { HttpMetrics } from '../../receivers/ebpf_http/metrics.ts'
import { Reloader } from '../../src/cli/reload.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import { components } from '../../src/components.ts'
import { Governor } from '../../src/helpers/governor.ts'
import { countLeftOut } from '../../src/helpers/left_out.ts'
import { countNat } from '../../src/kernel/nat/nat_metrics.ts'
import { registerComponentMetrics } from '../../src/telemetry/component_metrics.ts'
import { Counters } from '../../src/telemetry/counters.ts'
import type { MetricFacts, OwnedMeter } from '../../src/telemetry/meter.ts'
import { registerProcessMetrics } from '../../src/telemetry/process_metrics.ts'
import { optionsIn, testdata } from './components.ts'

/** Every metric that the agent may tell of itself, `name type unit level`, sorted. */
export function ownMetrics(): string[] {
  const recorder = new Recorder()
  registerProcessMetrics(recorder.meter)
  registerComponentMetrics(recorder.meter, new Counters())
  const { log } = testSettings({ role: 'extension', type: 'none' })
  new Governor({ limits: { cpu: 1, memory_mib: 100 }, log, meter: recorder.meter })
  recordReloads(recorder.meter)
  recordComponents(recorder.meter)
  recordHttp(recorder.meter)
  countNat(recorder.meter, { peers: 0, evicted: 0, overruns: 0 })
  return [...recorder.rows].toSorted()
}

/** A meter that keeps what is registered, and reads nothing. */
class Recorder {
  readonly rows = new Set<string>()
  readonly meter: OwnedMeter = {
    level: 'detailed',
    counter: (facts) => this.#record('counter', facts),
    gauge: (facts) => this.#record('gauge', facts),
    histogram: (facts) => this.#record('histogram', facts),
    close: () => {},
  }

  #record(type: string, { name, unit, level = 'normal' }: MetricFacts): () => void {
    this.rows.add(`${name} ${type} ${unit} ${level}`)
    return () => {}
  }
}

/** What components register when they are made. */
function recordComponents(meter: OwnedMeter): void {
  for (const factory of components) {
    for (const file of [
      ...testdata(factory, 'only_defaults'),
      ...testdata(factory, 'all_options'),
    ]) {
      const { config } = optionsIn(factory, file)
      if (config === undefined) continue
      const settings = { ...testSettings(factory), meter }
      if (factory.role === 'processor' || factory.role === 'connector') {
        factory.create(settings, config).operator(EMPTY).subscribe()
      } else factory.create(settings, config)
    }
  }
}

/** What the receiver of HTTP registers once its programs are loaded; nothing of that is read. */
function recordHttp(meter: OwnedMeter): void {
  const cost = { start: () => {}, stop: () => {}, cores: undefined }
  const sources = { counters: {}, losses: [], ring: {}, peak: () => 0, cost }
  new HttpMetrics(meter, sources as unknown as ConstructorParameters<typeof HttpMetrics>[1])
  countLeftOut(meter, { counts: new Map() })
}

function recordReloads(meter: OwnedMeter): void {
  const host = { setConfiguration: () => {} }
  const options = {
    host,
    meter,
    loaded: { files: [] },
    watch: false,
  } as unknown as ConstructorParameters<typeof Reloader>[0]
  new Reloader(options).stop()
}
