import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { k8sAuditConfig } from './config.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))
const issuesOf = (config: unknown): string[] =>
  (k8sAuditConfig.safeParse(config).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )

describe('the configuration of k8s_audit', () => {
  it('follows a file and what it was before, and keeps what pod delivery needs', () => {
    const { file, webhook, select } = k8sAuditConfig.parse(load('only_defaults.yaml'))
    expect(webhook).toBeUndefined()
    expect(file).toEqual({
      path: '/var/log/kubernetes/audit/audit.log',
      follow: true,
      poll_interval: 250,
      rotated: true,
      max_line_bytes: 16 * 1024 * 1024,
    })
    expect(select.stages).toEqual(['ResponseComplete', 'Panic'])
    expect(select.resources).toContain('pods/binding')
  })

  it('wants a file or a webhook', () => {
    expect(issuesOf(load('bad_nothing.yaml'))).toEqual([': expected file or webhook'])
  })

  it('wants one way to name files', () => {
    expect(issuesOf({ file: {} })).toEqual(['file.path: expected path or include, and not both'])
    expect(issuesOf({ file: { path: 'a', include: ['b'] } })).toHaveLength(1)
  })
})
