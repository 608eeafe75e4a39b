import { readFileSync } from 'node:fs'
import type { Factory } from '../component/component.ts'
import { ComponentRegistry } from '../component/registry.ts'
import { formatProblem, parseConfig } from '../config/index.ts'

/** What is wrong with the options of a component in a file of its testdata. */
export function errorsIn(factory: Factory, testdata: URL, file: string): string[] {
  const text = readFileSync(new URL(file, testdata), 'utf8')
  const { problems } = parseConfig([{ name: file, text }], new ComponentRegistry([factory]))
  const own = problems.filter(({ path }) => path.startsWith(`${factory.role}s`))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}
