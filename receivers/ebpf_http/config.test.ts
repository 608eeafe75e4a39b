import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'
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

it('takes everything but the machinery of the node unless told otherwise', () => {
  expect(ebpfHttp.config.parse({})).toEqual({
    select: [],
    exclude: [],
    default_exclude: {
      kubelet_probes: true,
      telemetry_exports: true,
      metrics_scrapes: true,
      own_traffic: true,
    },
    queue_time: true,
    ring_buffer_mib: 8,
  })
})

it('is printed as it was written', () => {
  const written = {
    select: [{ unit: '*.service', port: [80, '8000-8999'] }],
    exclude: [{ executable: '/usr/bin/curl' }],
  }
  expect(z.encode(ebpfHttp.config, ebpfHttp.config.parse(written))).toMatchObject(written)
})

it('says what is wrong with rules', () => {
  const at = (place: string): string => `bad_rules.yaml:${place}: receivers.ebpf_http`
  expect(problemsOf('bad_rules.yaml')).toEqual([
    `${at('4:9')}.select[0]: a rule needs at least one of executable, port, cgroup, unit, container and service`,
    `${at('5:15')}.select[1].port: expected a port from 1 to 65535, a range such as "8000-8999", or a list of them, received "80-"`,
    `${at('6:9')}.select[2]: unknown key "contaner", did you mean "container"?`,
    `${at('7:21')}.select[3].executable: expected at least 1 character, received ""`,
    `${at('9:7')}.exclude: expected a list, received a map`,
  ])
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
