import { readFileSync } from 'node:fs'
import { BpfObject } from 'libbpf-addon'
import { beforeAll, expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { objectPath } from '../../src/kernel/objects.ts'
import { needTracefs } from '../../test/kit/tracefs.ts'
import { ebpfFiles } from './index.ts'
import { CALLS, LOSING_PROGRAMS, OPTIONAL_PROGRAMS } from './programs.ts'

beforeAll(() => needTracefs())

lifecycleTest(ebpfFiles, { collection_interval: '100ms' })

it('the object has the programs that are attached, and no others', () => {
  using object = BpfObject.open(objectPath('files'))
  const known = [...LOSING_PROGRAMS, ...Object.keys(OPTIONAL_PROGRAMS)]
  expect(object.programs.map(({ name }) => name).toSorted()).toEqual(known.toSorted())
  expect(LOSING_PROGRAMS).toEqual([...Object.keys(CALLS), 'files_end'])
})

it('says what is wrong with each option', () => {
  const text = readFileSync(new URL('testdata/bad_options.yaml', import.meta.url), 'utf8')
  const yaml = `receivers:\n${text.replaceAll(/^/gm, '  ')}`
  const { problems } = parseConfig(
    [{ name: 'bad_options.yaml', text: yaml }],
    new ComponentRegistry([ebpfFiles]),
  )
  const own = problems.filter(({ path }) => path.startsWith('receivers'))
  expect(own.filter(({ severity }) => severity === 'error').map(formatProblem)).toEqual([
    'bad_options.yaml:3:26: receivers.ebpf_files.collection_interval: expected a duration of at least 100ms, received "10ms"',
    'bad_options.yaml:4:9: receivers.ebpf_files.by: expected "container" or "process", received "pod"',
    'bad_options.yaml:5:15: receivers.ebpf_files.max_sums: expected a number of at least 64, received 10',
    'bad_options.yaml:6:15: receivers.ebpf_files.exclude[0]: a rule needs at least one of container, cgroup, unit and service',
  ])
})
