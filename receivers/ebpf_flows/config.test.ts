import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { ebpfFlows } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `receivers:\n${text.replaceAll(/^/gm, '  ')}`
  const { problems } = parseConfig([{ name: file, text: yaml }], new ComponentRegistry([ebpfFlows]))
  const own = problems.filter(({ path }) => path.startsWith('receivers'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('counts all flows every ten seconds unless told otherwise', () => {
  expect(ebpfFlows.config.parse({})).toEqual({
    collection_interval: 10_000,
    protocols: ['tcp', 'udp', 'icmp', 'other'],
    interfaces: [],
    max_interface_flows: 16_384,
    max_peers: 16_384,
    drops: true,
    nat: true,
    filters: { addresses: [], exclude_addresses: [], direction: 'both', udp_sampling: 1 },
    select: [],
    exclude: [],
    default_exclude: { own_traffic: true },
  })
})

it('is printed as it was written', () => {
  const filters = { addresses: ['10.0.0.0/8', 'fd00::/8'], ports: '80-90' }
  const written = {
    collection_interval: '5s',
    select: [{ port: [80, '8000-8999'] }],
    filters,
    interfaces: ['eth*'],
  }
  expect(z.encode(ebpfFlows.config, ebpfFlows.config.parse(written))).toMatchObject(written)
})

it('takes its files in testdata', () => {
  expect(problemsOf('only_defaults.yaml')).toEqual([])
  expect(problemsOf('all_options.yaml')).toEqual([])
})

it('says what is wrong with values', () => {
  expect(problemsOf('bad_values.yaml')).toEqual([
    'bad_values.yaml:3:26: receivers.ebpf_flows.collection_interval: expected a duration of at least 100ms, received "10ms"',
    'bad_values.yaml:4:17: receivers.ebpf_flows.protocols[0]: expected "tcp", "udp", "icmp" or "other", received "sctp"',
    'bad_values.yaml:5:16: receivers.ebpf_flows.max_peers: expected a number of at least 1, received 0',
    'bad_values.yaml:6:18: receivers.ebpf_flows.interfaces[0]: expected at least 1 character, received ""',
    'bad_values.yaml:7:26: receivers.ebpf_flows.max_interface_flows: expected a number of at least 1, received 0',
  ])
})

it('says where there is nothing to count', () => {
  expect(problemsOf('bad_nothing.yaml')).toEqual([
    'bad_nothing.yaml:3:16: receivers.ebpf_flows.protocols: expected "tcp" or "udp" among them, or interfaces to count others at',
  ])
})

it('[1.27] says what is wrong with filters', () => {
  const at = (place: string): string => `bad_filters.yaml:${place}: receivers.ebpf_flows.filters`
  const range = 'expected a range of addresses such as "10.0.0.0/8" or "fd00::/8"'
  const port = 'expected a port from 1 to 65535, a range such as "8000-8999", or a list of them'
  expect(problemsOf('bad_filters.yaml')).toEqual([
    `${at('4:19')}.addresses[0]: ${range}, received "10.0.0.0/33"`,
    `${at('4:32')}.addresses[1]: ${range}, received "10.0.0/8"`,
    `${at('4:42')}.addresses[2]: ${range}, received "fd00::/129"`,
    `${at('5:14')}.ports: ${port}, received "9000-80"`,
    `${at('6:18')}.direction: expected "both", "sent" or "received", received "up"`,
    `${at('7:21')}.udp_sampling: expected a number of at least 1, received 0`,
  ])
})

it('refuses keys that it does not know', () => {
  expect(problemsOf('bad_key.yaml')).toEqual([
    'bad_key.yaml:3:5: receivers.ebpf_flows: unknown key "protocol", did you mean "protocols"?',
  ])
})
