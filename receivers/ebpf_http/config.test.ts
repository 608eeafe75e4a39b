import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { ebpfHttp } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `receivers:\n${text.replaceAll(/^/gm, '  ')}`
  const { problems } = parseConfig([{ name: file, text: yaml }], new ComponentRegistry([ebpfHttp]))
  const own = problems.filter(({ path }) => path.startsWith('receivers'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('has a ring buffer of 8 MiB unless told otherwise', () => {
  expect(ebpfHttp.config.parse({})).toEqual({ ring_buffer_mib: 8 })
})

it('takes its files in testdata', () => {
  expect(problemsOf('only_defaults.yaml')).toEqual([])
  expect(problemsOf('all_options.yaml')).toEqual([])
})

it('refuses a ring buffer whose size is no power of two', () => {
  expect(problemsOf('bad_ring_buffer.yaml')).toEqual([
    'bad_ring_buffer.yaml:3:22: receivers.ebpf_http.ring_buffer_mib: expected 1, 2, 4, 8, 16, 32 or 64, received 12',
  ])
})

it('refuses keys that it does not know', () => {
  expect(problemsOf('bad_key.yaml')).toEqual([
    'bad_key.yaml:3:5: receivers.ebpf_http: unknown key "ring_buffer_size", did you mean "ring_buffer_mib"?',
  ])
})
