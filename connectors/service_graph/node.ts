import type { Attributes } from '../../src/pdata/attributes.ts'
import { valueText } from '../../src/pdata/value_text.ts'
import type { ServiceGraphConfig } from './config.ts'

/** A service, as one of its resources has it. */
export interface Node {
  readonly name: string
  /** The values of the dimensions that the resource has. */
  readonly dimensions: readonly (string | undefined)[]
  /** The name of its database, where its resource has one. */
  readonly databases: readonly (string | undefined)[]
}

/** The node of a resource; undefined where it has no name. */
export function nodeOf(attributes: Attributes, config: ServiceGraphConfig): Node | undefined {
  const name = textIn(attributes, 'service.name')
  if (name === undefined || name === '') return undefined
  return {
    name,
    dimensions: config.dimensions.map((key) => textIn(attributes, key)),
    databases: config.database_name_attributes.map((key) => textIn(attributes, key)),
  }
}

function textIn(attributes: Attributes, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? valueText(attributes[key] ?? null) : undefined
}
