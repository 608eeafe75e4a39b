import { z } from 'zod'
import { attributeValue } from './attribute_value_config.ts'
import { linearRegExp, regularExpression } from './linear_regexp.ts'

const SETTING = ['insert', 'update', 'upsert'] as const
const ACTIONS = [...SETTING, 'delete', 'hash', 'extract', 'convert'] as const

/** What is done with an attribute. */
export type ActionName = (typeof ACTIONS)[number]

const fields = z.strictObject({
  key: z.string().default('').describe('The attribute that is acted upon.'),
  action: z
    .preprocess((name) => (typeof name === 'string' ? name.toLowerCase() : name), z.enum(ACTIONS))
    .describe('What is done; upper case is taken too.'),
  value: attributeValue.optional().describe('The value to set, of the type it has in YAML.'),
  from_attribute: z.string().min(1).optional().describe('The attribute whose value is to be set.'),
  default_value: attributeValue
    .optional()
    .describe('What is set where there is no attribute `from_attribute`.'),
  pattern: regularExpression()
    .min(1)
    .optional()
    .describe(
      'For `extract`: applied to the value; each named group becomes an attribute. For `delete` and `hash`: the names of the attributes.',
    ),
  converted_type: z
    .enum(['int', 'double', 'string'])
    .optional()
    .describe('For `convert`: the type that the value is to have.'),
})

/** One entry of `actions`, checked and with defaults. */
export type ActionConfig = z.output<typeof fields>

/** Which options an action takes beside `key` and `action`, and what it needs. */
const TAKES: Readonly<Record<ActionName, readonly (keyof ActionConfig)[]>> = {
  insert: ['value', 'from_attribute', 'default_value'],
  update: ['value', 'from_attribute', 'default_value'],
  upsert: ['value', 'from_attribute', 'default_value'],
  delete: ['pattern'],
  hash: ['pattern'],
  extract: ['pattern'],
  convert: ['converted_type'],
}

const OPTIONS = ['value', 'from_attribute', 'default_value', 'pattern', 'converted_type'] as const

/** `actions` of `attributes`, and `attributes` of `resource`: the Collector's keys and rules. */
export const attributeActions = z
  .array(
    fields.check((check) => {
      for (const { path, message } of faultsIn(check.value)) {
        check.issues.push({ code: 'custom', input: check.value, path: [path], message })
      }
    }),
  )
  .min(1)

interface Fault {
  readonly path: string
  readonly message: string
}

function faultsIn(config: ActionConfig): Fault[] {
  const { action } = config
  const takes = TAKES[action]
  const unused = OPTIONS.filter((key) => config[key] !== undefined && !takes.includes(key))
  const faults = unused.map((path) => ({
    path,
    message: `action "${action}" does not use "${path}"`,
  }))
  return [...faults, ...missingIn(config)]
}

function missingIn(config: ActionConfig): Fault[] {
  const { action, key, pattern } = config
  const byName = action === 'delete' || action === 'hash'
  if (byName && key === '' && pattern === undefined) {
    return [{ path: 'action', message: `action "${action}" needs "key" or "pattern"` }]
  }
  if (!byName && key === '') return [{ path: 'key', message: `action "${action}" needs a key` }]
  if ((SETTING as readonly string[]).includes(action)) return sourceFaults(config)
  if (action === 'extract') return groupFaults(config)
  if (action === 'convert' && config.converted_type === undefined) {
    return [{ path: 'action', message: 'action "convert" needs "converted_type"' }]
  }
  return []
}

function sourceFaults({ action, value, from_attribute, default_value }: ActionConfig): Fault[] {
  if (value !== undefined && from_attribute !== undefined) {
    const message = 'expected either "value" or "from_attribute", received both'
    return [{ path: 'from_attribute', message }]
  }
  if (value !== undefined || from_attribute !== undefined || default_value !== undefined) return []
  const message = `action "${action}" needs "value", "from_attribute" or "default_value"`
  return [{ path: 'action', message }]
}

function groupFaults({ pattern }: ActionConfig): Fault[] {
  if (pattern === undefined)
    return [{ path: 'action', message: 'action "extract" needs "pattern"' }]
  const compiled = compiledOrNot(pattern)
  if (!compiled) return []
  const named = Object.keys(compiled.namedGroups()).length
  if (compiled.groupCount() > 0 && named === compiled.groupCount()) return []
  const message = `expected a pattern whose groups are all named, as in (?P<name>...), received "${pattern}"`
  return [{ path: 'pattern', message }]
}

function compiledOrNot(pattern: string): ReturnType<typeof linearRegExp> | undefined {
  try {
    return linearRegExp(pattern)
  } catch {
    return undefined
  }
}
