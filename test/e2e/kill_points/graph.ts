import { memoryLimiterConfig } from '../../../processors/memory_limiter/config.ts'
import { memoryLimiter } from '../../../processors/memory_limiter/index.ts'
import { MemoryLimiterProcessor } from '../../../processors/memory_limiter/processor.ts'
import { MemoryWatch } from '../../../processors/memory_limiter/watch.ts'
import { loadPlan } from '../../../src/cli/load.ts'
import { defineProcessor } from '../../../src/component/component.ts'
import { ComponentRegistry } from '../../../src/component/registry.ts'
import { components } from '../../../src/components.ts'
import { Graph } from '../../../src/pipeline/graph.ts'
import { Counters } from '../../../src/telemetry/counters.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

const MIB = 1024 * 1024

/** A graph of the components that are shipped, in this process. */
export interface Running {
  readonly graph: Graph
  readonly counters: Counters
  readonly grpcPort: number
  readonly httpPort: number
  /** Lines of the log at `error`, but for those that say that data was dropped. */
  readonly errors: string[]
}

/** Starts a configuration; `residentMib` is how much memory the memory limiter is told of. */
export async function startGraph(yaml: string, residentMib: () => number): Promise<Running> {
  const { plan } = await loadPlan({ config: [`yaml:${yaml}`], set: [] }, registryWith(residentMib))
  const lines: { level: number; msg: string; endpoint?: string }[] = []
  const log = createLogger({ out: { write: (line) => lines.push(JSON.parse(line)) } })
  const counters = new Counters()
  const graph = new Graph(plan, { log, counters, version: '0.0.0-test' })
  await graph.start()
  const portOf = (msg: string): number =>
    Number(lines.find((line) => line.msg === msg)?.endpoint?.split(':')[1])
  return {
    graph,
    counters,
    grpcPort: portOf('Serving OTLP/gRPC.'),
    httpPort: portOf('Serving OTLP/HTTP.'),
    get errors() {
      const errors = lines.filter(({ level, msg }) => level >= 50 && msg !== 'Dropping data.')
      return errors.map(({ msg }) => msg)
    },
  }
}

/** All components; the memory limiter reads what it is told instead of this process's memory. */
function registryWith(residentMib: () => number): ComponentRegistry {
  const readings = {
    rssBytes: () => residentMib() * MIB,
    heapBytes: () => 0,
    heapLimitBytes: () => MIB,
  }
  const surroundings = { readings, collect: async () => false }
  const limiter = defineProcessor({
    ...memoryLimiter,
    config: memoryLimiterConfig,
    create: (settings, config) =>
      new MemoryLimiterProcessor(settings, new MemoryWatch(config, surroundings)),
  })
  return new ComponentRegistry(components.map((one) => (one === memoryLimiter ? limiter : one)))
}
