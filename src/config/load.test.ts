import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSources } from './load.ts'
import { formatProblem } from './problems.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waggle-config-'))
  writeFileSync(join(folder, 'a.yaml'), 'receivers:\n')
  writeFileSync(join(folder, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe4]))
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('--config', () => {
  it('takes a path, file:, env: and yaml:', () => {
    const path = join(folder, 'a.yaml')
    const env = { CONFIG: 'exporters:' }
    expect(loadSources([path, `file:${path}`, 'env:CONFIG', 'yaml:a::b: 1'], { env })).toEqual({
      sources: [
        { name: path, text: 'receivers:\n' },
        { name: path, text: 'receivers:\n' },
        { name: 'env:CONFIG', text: 'exporters:' },
        { name: 'yaml', text: 'a::b: 1', joinedKeys: true },
      ],
      problems: [],
    })
  })

  it('says for each value why it cannot be read', () => {
    const path = (name: string) => join(folder, name)
    const values = [
      path('x.yaml'),
      folder,
      path('latin1.yaml'),
      path('a.yaml/b'),
      'env:NO',
      'http://a',
      'a\0b',
    ]
    const { sources, problems } = loadSources(values, { env: {} })
    expect(sources).toEqual([])
    expect(problems.map(formatProblem)).toEqual([
      `--config:1:1: cannot read "${path('x.yaml')}": no such file`,
      `--config:2:1: cannot read "${folder}": is a directory`,
      `--config:3:1: cannot read "${path('latin1.yaml')}": not UTF-8 text`,
      `--config:4:1: cannot read "${path('a.yaml/b')}": a part of the path is not a directory`,
      '--config:5:1: environment variable "NO" is not set',
      '--config:6:1: unknown scheme "http" in "http://a" (known: env, file, yaml)',
      '--config:7:1: cannot read "a\\u0000b": not a valid path',
    ])
  })

  it('has to be given', () => {
    expect(loadSources([]).problems.map(formatProblem)).toEqual([
      '--config:1:1: at least one --config must be given',
    ])
  })
})
