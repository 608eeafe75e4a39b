import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { filesOf, root, textOf } from './files.ts'
import { ownMetrics } from './metric_names.ts'

const FILE = 'docs/metric_names.txt'

/** The frozen list, without its heading. */
const frozen = readFileSync(join(root, FILE), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

it('are those of the frozen list: dashboards and alerts are made of names, types and units', () => {
  expect(ownMetrics()).toEqual(frozen)
})

it('stand in the documentation or in the README of their component, each of them', () => {
  const readmes = filesOf('{receivers,processors,connectors,exporters}/*/README.md')
  const pages = ['docs/metrics.md', ...readmes].map(textOf).join('')
  const told = [...pages.matchAll(/`((?:otelcol_|waggle\.)[\w.]+)`/g)].map(([, name]) => name!)
  const documented = new Set(told.map(stem))
  const names = frozen.map((line) => line.split(' ')[0]!)
  expect(names.filter((name) => !documented.has(stem(name)))).toEqual([])
})

/** A name without the word for the kind of the items. */
function stem(name: string): string {
  return name.replace(/_(?:spans|metric_points|log_records|observations|items)$/, '')
}

it('are spelled in the sources as they stand in the list', () => {
  const names = new Set(frozen.map((line) => line.split(' ')[0]!))
  const sources = filesOf('{src,receivers,processors,connectors,exporters,extensions}/**/*.ts')
  const spelled = sources
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [...textOf(file).matchAll(/\bname: '((?:otelcol_|waggle\.)[\w.]+)'/g)])
    .map(([, name]) => name!)
  expect(spelled.length).toBeGreaterThan(20)
  expect(spelled.filter((name) => !names.has(name))).toEqual([])
})
