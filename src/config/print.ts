import { stringify } from 'yaml'
import { z } from 'zod'
import type { ComponentConfig } from './components.ts'
import type { Components, Config } from './model.ts'
import type { ComponentReference } from './pipelines.ts'
import { limitsConfig, telemetryConfig } from './service.ts'

/** The shape in which a configuration is printed. */
export interface PrintOptions {
  readonly format?: 'yaml' | 'json'
}

/**
 * The configuration as it is in force: merged, expanded, with its defaults, every secret
 * `[REDACTED]`. Apart from those it can be read again.
 */
export function printConfig(config: Config, { format = 'yaml' }: PrintOptions = {}): string {
  const plain = escaped(plainConfig(config))
  return format === 'json' ? `${JSON.stringify(plain, null, 2)}\n` : stringify(plain)
}

function plainConfig(config: Config): Record<string, unknown> {
  const { extensions, pipelines, telemetry, limits } = config.service
  return {
    ...section('extensions', config.extensions),
    ...section('receivers', config.receivers),
    ...section('processors', config.processors),
    ...section('connectors', config.connectors),
    ...section('exporters', config.exporters),
    service: {
      extensions: ids(extensions),
      telemetry: z.encode(telemetryConfig, telemetry),
      limits: z.encode(limitsConfig, limits),
      pipelines: Object.fromEntries(
        [...pipelines.values()].map(({ id, receivers, processors, exporters }) => [
          id,
          { receivers: ids(receivers), processors: ids(processors), exporters: ids(exporters) },
        ]),
      ),
    },
  }
}

function section(name: string, components: Components): Record<string, unknown> {
  if (components.size === 0) return {}
  return {
    [name]: Object.fromEntries([...components].map(([id, one]) => [id, plainComponent(one)])),
  }
}

// A schema with a one-way transform cannot be turned round; what it made is shown then.
function plainComponent({ schema, config }: ComponentConfig): unknown {
  try {
    return z.encode(schema, config)
  } catch {
    return JSON.parse(JSON.stringify(config ?? {}))
  }
}

// Reading takes `$$` for `$`, and `${` for the beginning of a reference.
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\$(?=[${])/g, '$$$$')
  if (Array.isArray(value)) return value.map(escaped)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escaped(inner)]))
}

function ids(references: readonly ComponentReference[]): string[] {
  return references.map(({ id }) => id)
}
