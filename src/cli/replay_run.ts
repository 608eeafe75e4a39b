import { access, constants, stat } from 'node:fs/promises'
import { tap } from 'rxjs'
import type { ReceiverFactory } from '../component/component.ts'
import { NO_LIMITS } from '../component/limits.ts'
import { ComponentRegistry } from '../component/registry.ts'
import type { Language } from '../helpers/delivery/wording.ts'
import { Graph } from '../pipeline/graph.ts'
import { Counters } from '../telemetry/counters.ts'
import { createLogger } from '../telemetry/logger.ts'
import { RecentLog } from '../telemetry/recent_log.ts'
import { loadPlan, UsageError } from './load.ts'
import type { Program } from './program.ts'
import { connectorOptions, replayConfig } from './replay_config.ts'
import { ReplaySink } from './replay_sink.ts'
import { SkippedLines } from './replay_skipped.ts'

const AUDIT = 'receiver/k8s_audit'

/** What came of a replay. */
export interface ReplayResult {
  readonly sink: ReplaySink
  /** Audit events that were read and handed on. */
  readonly events: number
  /** What was read and left out, by reason. */
  readonly leftOut: ReadonlyMap<string, number>
  /** Lines that could not be read, by reason. */
  readonly skipped: ReadonlyMap<string, number>
  /** True where a file could not be read to its end; the log says why. */
  readonly unreadable: boolean
}

/** What a replay is made with beside its files. */
export interface ReplaySource {
  /** Configurations whose options of the connector are used. */
  readonly config: readonly string[]
  readonly language: Language
}

/**
 * Reads audit logs through the pipeline that `run` would have, to their end. Rejects with UsageError for
 * a file that cannot be read, with ConfigError for a configuration that is wrong, and with what keeps the pipeline from going on.
 */
export async function replayFiles(
  files: readonly string[],
  { config, language }: ReplaySource,
  { registry, stderr, version }: Pick<Program, 'registry' | 'stderr' | 'version'>,
): Promise<ReplayResult> {
  for (const file of files) await mustBeReadable(file)
  const options = {
    ...(await connectorOptions(config, registry)),
    languages: [language],
    unfinished: 'emit',
  }
  const sink = new ReplaySink()
  const { promise: allRead, resolve } = Promise.withResolvers<void>()
  const own = new ComponentRegistry([
    watched(registry.factory('receiver', 'k8s_audit'), resolve),
    registry.factory('connector', 'pod_delivery'),
    sink.factory,
  ])
  const { plan } = await loadPlan(
    { config: [`yaml:${replayConfig(files, options)}`], set: [] },
    own,
  )
  const counters = new Counters()
  const recent = new RecentLog()
  const log = createLogger({ level: 'warn', encoding: 'console', out: stderr, recent })
  const meters = new SkippedLines()
  const graph = new Graph(plan, { log, counters, meters, limits: NO_LIMITS, version })
  await graph.start()
  const failure = await Promise.race([allRead, graph.failed])
  await graph.shutdown()
  if (failure) throw failure
  const { out, dropped } = counters.of(AUDIT)
  const unreadable = recent.entries.some(({ component }) => component === AUDIT)
  return { sink, events: out, leftOut: dropped, skipped: meters.read(), unreadable }
}

/** Tells when a receiver has come to its end by itself. */
function watched(factory: ReceiverFactory, onEnd: () => void): ReceiverFactory {
  return {
    ...factory,
    create: (settings, config) => {
      const receiver = factory.create(settings, config)
      return {
        batches$: receiver.batches$.pipe(tap({ complete: onEnd })),
        start: async () => receiver.start?.(),
        shutdown: async () => receiver.shutdown?.(),
      }
    },
  }
}

async function mustBeReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK)
    if ((await stat(file)).isDirectory()) throw new Error('it is a folder')
  } catch (cause) {
    throw new UsageError(`cannot read ${file}`, { cause })
  }
}
