import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { otlpFileConfig } from './config.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

describe('the configuration of otlp_file', () => {
  it("has the Collector's defaults", () => {
    expect(otlpFileConfig.parse(load('only_defaults.yaml'))).toEqual({
      include: ['/var/log/otlp/*.json'],
      exclude: [],
      start_at: 'end',
      poll_interval: 200,
      replay_file: false,
      max_line_size_mib: 16,
      max_concurrent_files: 1024,
    })
  })

  it('takes every option', () => {
    const { storage, start_at } = otlpFileConfig.parse(load('all_options.yaml'))
    expect([storage, start_at]).toEqual(['file_storage', 'beginning'])
  })

  it('wants files, and a place that is one', () => {
    const issues = otlpFileConfig.safeParse(load('bad_include.yaml')).error?.issues ?? []
    expect(issues.map(({ path }) => path.join('.'))).toEqual(['include', 'start_at'])
  })
})
