import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { podDelivery } from './index.ts'

/** What is wrong with a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `connectors:\n${text.replaceAll(/^/gm, '  ')}`
  const registry = new ComponentRegistry([podDelivery])
  const { problems } = parseConfig([{ name: file, text: yaml }], registry)
  return problems
    .filter(({ path, severity }) => path.startsWith('connectors') && severity === 'error')
    .map(formatProblem)
}

describe('the configuration of pod_delivery', () => {
  it('takes its files in testdata', () => {
    expect(problemsOf('only_defaults.yaml')).toEqual([])
    // The extensions that they name are not configured here.
    expect(problemsOf('all_options.yaml').map((problem) => problem.split(': ')[2])).toEqual([
      'references extension "file_storage" which is not configured (no extension is)',
      'references extension "delivery_api" which is not configured (no extension is)',
    ])
  })

  it('[3.7] refuses stages that wait for each other', () => {
    expect(problemsOf('bad_stages.yaml')).toEqual([
      'bad_stages.yaml:4:7: connectors.pod_delivery.stages: stages wait for each other: one -> two -> one',
    ])
  })

  it('refuses a shard that there is not, stages that cannot be read, and bounds that are none', () => {
    expect(problemsOf('bad_options.yaml')).toEqual([
      'bad_options.yaml:3:12: connectors.pod_delivery.shard: expected an index below count',
      'bad_options.yaml:5:15: connectors.pod_delivery.stages[0].type: expected a name in snake_case, received "Mesh"',
      'bad_options.yaml:6:16: connectors.pod_delivery.stages[0].owner: expected "platform" or "user", received "nobody"',
      'bad_options.yaml:9:41: connectors.pod_delivery.stages[0].end[0].message: expected a regular expression of RE2, received "(": missing closing ): `(`',
      'bad_options.yaml:11:21: connectors.pod_delivery.metrics.buckets[1]: expected a bound above the one before, received "1s"',
    ])
  })

  it('refuses rollouts in shards, and two answers to what becomes of what is under way', () => {
    expect(problemsOf('bad_rollouts.yaml')).toEqual([
      'bad_rollouts.yaml:3:15: connectors.pod_delivery.rollouts: expected false with several shards, each of which sees a part of the pods, received true',
      'bad_rollouts.yaml:4:17: connectors.pod_delivery.unfinished: expected drop with storage, which keeps them for the next start, received "emit"',
      'bad_rollouts.yaml:5:14: connectors.pod_delivery.storage: references extension "file_storage" which is not configured (no extension is)',
    ])
  })
})
