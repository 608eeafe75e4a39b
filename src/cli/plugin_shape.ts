import { z } from 'zod'
import type { Factory } from '../component/component.ts'
import { formatPath, parseId } from '../config/index.ts'
import { wordIssue } from '../config/wording.ts'
import { KINDS } from '../pdata/batch.ts'

const kind = z.enum(KINDS)
const conversions = z.array(z.looseObject({ from: kind, to: kind })).min(1)
const facts = {
  type: z.string().refine((type) => /^[a-z][a-z0-9_]*$/.test(type) && parseId(type).ok, {
    error: 'expected lower_snake_case',
  }),
  aliases: z.array(z.string()).optional(),
  summary: z.string().min(1),
  stability: z.enum(['development', 'alpha', 'beta', 'stable']),
  config: z.custom((value) => typeof (value as z.ZodType | undefined)?.safeParse === 'function', {
    error: 'expected a schema made with z of "waggle/component"',
  }),
  create: functionSchema(),
  preflight: functionSchema().optional(),
}

const factory = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal('receiver'), ...facts, produces: z.array(kind).min(1) }),
  z.looseObject({ role: z.literal('processor'), ...facts, conversions }),
  z.looseObject({ role: z.literal('connector'), ...facts, conversions }),
  z.looseObject({ role: z.literal('exporter'), ...facts, consumes: z.array(kind).min(1) }),
  z.looseObject({ role: z.literal('extension'), ...facts }),
])

/** The factories of a plugin, or a line for each thing that is wrong with them. */
export type Shaped =
  | { readonly ok: true; readonly factories: readonly Factory[] }
  | { readonly ok: false; readonly faults: readonly string[] }

/** Checks what a plugin exports as `components`: JavaScript keeps no promises of types. */
export function factoriesIn(components: unknown): Shaped {
  if (!Array.isArray(components) || components.length === 0) {
    return { ok: false, faults: ['exports no "components", a list of factories'] }
  }
  const checked = z.array(factory).safeParse(components, { error: wordIssue })
  if (checked.success) return { ok: true, factories: components as Factory[] }
  const faults = checked.error.issues.map(
    ({ path, message }) =>
      `${formatPath(['components', ...(path as (string | number)[])])}: ${message}`,
  )
  return { ok: false, faults }
}

function functionSchema(): z.ZodCustom<unknown> {
  return z.custom((value) => typeof value === 'function', { error: 'expected a function' })
}
