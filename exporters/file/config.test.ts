import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { fileConfig } from './config.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

describe('the configuration of file', () => {
  it("has the Collector's defaults, and no rotation unless it is asked for", () => {
    expect(fileConfig.parse(load('only_defaults.yaml'))).toEqual({
      path: '/var/lib/waggle/traces.json',
      create_directory: false,
      append: false,
      format: 'json',
      flush_interval: 1_000,
    })
    expect(fileConfig.parse({ path: 'x', rotation: {} }).rotation).toEqual({
      max_megabytes: 100,
      max_days: 0,
      max_backups: 100,
      localtime: false,
    })
  })

  it('takes every option', () => {
    const { format, rotation } = fileConfig.parse(load('all_options.yaml'))
    expect([format, rotation?.max_backups]).toEqual(['proto', 5])
  })

  it('refuses append with rotation', () => {
    const result = fileConfig.safeParse(load('bad_append_and_rotation.yaml'))
    expect(result.error?.issues).toMatchObject([
      { path: ['append'], message: 'expected false where rotation is set' },
    ])
  })
})
