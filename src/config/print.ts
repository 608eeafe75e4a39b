import { stringify } from 'yaml'
import { z } from 'zod'
import type { ZodType } from 'zod'
import type { ComponentConfig } from './components.ts'
import type { Components, Config } from './model.ts'
import type { ComponentReference } from './pipelines.ts'
import { Secret } from './secret.ts'
import { limitsConfig, telemetryConfig } from './service.ts'

/** The shape in which a configuration is printed. */
export interface PrintOptions {
  readonly format?: 'yaml' | 'json'
  /** Whether secrets are shown. */
  readonly mode?: PrintMode
}

/** `redacted` shows `[REDACTED]` for every secret. */
export type PrintMode = 'redacted' | 'unredacted'

/**
 * The configuration as it is in force: merged, expanded, with its defaults. Apart from secrets that
 * are not shown it can be read again.
 */
export function printConfig(
  config: Config,
  { format = 'yaml', mode = 'redacted' }: PrintOptions = {},
): string {
  return printPlain(plainConfig(config, mode), format)
}

/** A tree of plain values as text that reads back as it is. */
export function printPlain(plain: unknown, format: 'yaml' | 'json'): string {
  const safe = escaped(plain)
  return format === 'json' ? `${JSON.stringify(safe, null, 2)}\n` : stringify(safe)
}

function plainConfig(config: Config, mode: PrintMode): Record<string, unknown> {
  const { extensions, pipelines, telemetry, limits } = config.service
  const section = (name: string, components: Components): Record<string, unknown> => {
    if (components.size === 0) return {}
    return {
      [name]: Object.fromEntries([...components].map(([id, one]) => [id, plainOf(one, mode)])),
    }
  }
  return {
    ...section('extensions', config.extensions),
    ...section('receivers', config.receivers),
    ...section('processors', config.processors),
    ...section('connectors', config.connectors),
    ...section('exporters', config.exporters),
    service: {
      extensions: ids(extensions),
      telemetry: plainOptions(telemetryConfig, telemetry, mode),
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

function plainOf({ schema, config }: ComponentConfig, mode: PrintMode): unknown {
  return plainOptions(schema, config, mode)
}

/** What a schema made of some options, as they would be written. */
export function plainOptions(schema: ZodType, parsed: unknown, mode: PrintMode): unknown {
  const written = encoded(schema, parsed)
  return mode === 'redacted' ? written : revealed(written, parsed)
}

// A schema with a one-way transform cannot be turned round; what it made is shown then.
function encoded(schema: ZodType, parsed: unknown): unknown {
  try {
    return z.encode(schema, parsed)
  } catch {
    return JSON.parse(JSON.stringify(parsed ?? {}))
  }
}

/** What was written, with the secrets that were parsed in their places. */
function revealed(written: unknown, parsed: unknown): unknown {
  if (parsed instanceof Secret) return parsed.reveal()
  if (Array.isArray(written) && Array.isArray(parsed)) {
    return written.map((item, i) => revealed(item, parsed[i]))
  }
  if (!isRecord(written) || !isRecord(parsed)) return written
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [key, revealed(value, parsed[key])]),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
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
