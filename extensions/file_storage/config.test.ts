import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { fileStorageConfig } from './config.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

describe('the configuration of file_storage', () => {
  it("has the Collector's defaults", () => {
    expect(fileStorageConfig.parse(load('only_defaults.yaml'))).toEqual({
      directory: '/var/lib/otelcol/file_storage',
      timeout: 1_000,
      fsync: false,
      create_directory: false,
      directory_permissions: '0750',
      recreate: false,
      compaction: {
        on_start: false,
        on_rebound: false,
        rebound_needed_threshold_mib: 100,
        rebound_trigger_threshold_mib: 10,
        max_transaction_size: 65_536,
        check_interval: 5_000,
        cleanup_on_start: false,
      },
    })
  })

  it("takes every option of the Collector's", () => {
    const { directory_permissions, compaction } = fileStorageConfig.parse(load('all_options.yaml'))
    expect([directory_permissions, compaction.max_transaction_size]).toEqual(['0700', 1_000])
  })

  it.each([
    [
      'bad_check_interval.yaml',
      ['compaction', 'check_interval'],
      'compaction check interval must be positive when rebound compaction is set',
    ],
    [
      'bad_permissions.yaml',
      ['directory_permissions'],
      'expected permissions in octal, such as "0750"',
    ],
    [
      'bad_transaction_size.yaml',
      ['compaction', 'max_transaction_size'],
      'max transaction size for compaction cannot be less than 0',
    ],
  ])('refuses %s', (file, path, message) => {
    const result = fileStorageConfig.safeParse(load(file))
    expect(result.error?.issues).toMatchObject([{ path, message }])
  })
})
