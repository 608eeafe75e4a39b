import type { ComponentRegistry } from '../component/registry.ts'
import { parseId, printRawConfig } from '../config/index.ts'
import { loadPlan, loadTree, UsageError } from './load.ts'

const CONNECTOR = 'pod_delivery'
/** Options that name what a replay has not: it keeps nothing and serves nobody. */
const LEFT_OUT = ['api', 'storage']

type Options = Readonly<Record<string, unknown>>

/**
 * The options of the connector in a configuration: of the first of its type. Rejects as `loadPlan`, and
 * with UsageError where there is none.
 */
export async function connectorOptions(
  files: readonly string[],
  registry: ComponentRegistry,
): Promise<Options> {
  if (files.length === 0) return {}
  const source = { config: files, set: [] }
  // What is wrong with it is said in the words of its own file.
  await loadPlan(source, registry)
  const { node } = await loadTree(source)
  const text = printRawConfig(node, registry, { format: 'json', mode: 'unredacted' })
  const { connectors } = JSON.parse(text) as { connectors?: Record<string, Options | null> }
  const found = Object.entries(connectors ?? {}).find(([id]) => {
    const parsed = parseId(id)
    return parsed.ok && parsed.id.type === CONNECTOR
  })
  if (!found) throw new UsageError(`no connector ${CONNECTOR} in ${files.join(', ')}`)
  return Object.fromEntries(
    Object.entries(found[1] ?? {}).filter(([key]) => !LEFT_OUT.includes(key)),
  )
}

/** The configuration of a replay: the pipeline that `run` would have, over files that are read once. */
export function replayConfig(files: readonly string[], options: Options): string {
  const config = {
    receivers: {
      k8s_audit: { file: { include: files.map(literal), follow: false, rotated: false } },
    },
    connectors: { [CONNECTOR]: options },
    exporters: { replay_sink: {} },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        'logs/audit': { receivers: ['k8s_audit'], exporters: [CONNECTOR] },
        traces: { receivers: [CONNECTOR], exporters: ['replay_sink'] },
        logs: { receivers: [CONNECTOR], exporters: ['replay_sink'] },
      },
    },
  }
  return JSON.stringify(config, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('$', '$$$$') : value,
  )
}

/** A path as a pattern that only it fits, or all but: braces are expanded even in brackets. */
function literal(path: string): string {
  return path.replaceAll(/[{}\\]/g, '?').replaceAll(/[*[()]/g, '[$&]')
}
