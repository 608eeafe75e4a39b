import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from './client.ts'
import { scenarios } from './scenarios.ts'
import { VERSIONS } from './versions.ts'

const recorded = join(import.meta.dirname, 'recorded')
const names = scenarios.map(({ name }) => name).toSorted()

describe.each(Object.values(VERSIONS))('the audit logs recorded from $version', ({ version }) => {
  const folder = join(recorded, version)

  it('are one of each scenario', () => {
    expect(readdirSync(folder).toSorted()).toEqual(names.map((name) => `${name}.jsonl`))
  })

  it.each(names)('%s has whole events of the audit API', (name) => {
    const lines = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
      .trim()
      .split('\n')
    const kinds = lines.map((line) => {
      const { kind, apiVersion, stage } = JSON.parse(line) as KubeObject
      return [kind, apiVersion, stage].join(' ')
    })
    expect(new Set(kinds)).toEqual(new Set(['Event audit.k8s.io/v1 ResponseComplete']))
  })
})

describe('the list of what is recorded', () => {
  it('has a row for each scenario', () => {
    const text = readFileSync(join(recorded, 'README.md'), 'utf8')
    const rows = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!)
    expect(rows.toSorted()).toEqual(names)
  })
})
