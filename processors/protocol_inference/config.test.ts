import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { protocolInference } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `processors:\n${text.replaceAll(/^/gm, '  ')}`
  const registry = new ComponentRegistry([protocolInference])
  const { problems } = parseConfig([{ name: file, text: yaml }], registry)
  const own = problems.filter(({ path }) => path.startsWith('processors'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('keeps 4096 processes and gives no spans to waiting unless told otherwise', () => {
  expect(protocolInference.config.parse({})).toEqual({
    max_processes: 4096,
    queue_spans: false,
  })
})

it('takes its files in testdata', () => {
  expect(problemsOf('only_defaults.yaml')).toEqual([])
  expect(problemsOf('all_options.yaml')).toEqual([])
})

it('refuses so few processes that they would be read again and again', () => {
  expect(problemsOf('bad_max_processes.yaml')).toEqual([
    'bad_max_processes.yaml:3:20: processors.protocol_inference.max_processes: expected a number of at least 16, received 3',
  ])
})

it('refuses keys that it does not know', () => {
  expect(problemsOf('bad_key.yaml')).toEqual([
    'bad_key.yaml:3:5: processors.protocol_inference: unknown key "max_proceses", did you mean "max_processes"?',
  ])
})
