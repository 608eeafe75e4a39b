import { configJsonSchema } from '../config/index.ts'
import type { Program } from './program.ts'

/** What `schema` prints: the JSON Schema of configurations with all components there are. */
export function schemaText({ registry }: Pick<Program, 'registry'>): string {
  return `${JSON.stringify(configJsonSchema(registry), null, 2)}\n`
}
