import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { unpack } from '../kit/debian.ts'
import { cleansUp, tempDir } from '../kit/fixtures.ts'
import { run } from '../kit/processes.ts'

cleansUp()

const EXAMPLES = join(import.meta.dirname, '../../examples/edges')
const DATABASE = 'job="shop", destination_address="10.0.0.5", destination_port="5432"'
const CACHE = 'job="shop", destination_address="10.0.0.6", destination_port="6379"'
const OTHER = 'job="shop", destination_address="10.0.0.7", destination_port="80"'

/** Packets or failures of an edge, minute by minute, as promtool writes values. */
function packets(edge: string, values: string): object {
  const role = 'network_tcp_handshake_role="client", network_io_direction="transmit"'
  return { series: `obi_network_flow_packets_total{${edge}, ${role}}`, values }
}
function failures(edge: string, values: string): object {
  return {
    series: `obi_stat_tcp_failed_connections_total{${edge}, reason="connection_refused"}`,
    values,
  }
}

/** What differs after three hours. */
async function expectDiff(series: readonly object[], expected: readonly string[]): Promise<void> {
  const { program, env } = await unpack('prometheus')
  const file = join(tempDir('promtool'), 'test.yaml')
  const exp_samples = expected.map((labels) => ({ labels: `{${labels}}`, value: 1 }))
  const promql_expr_test = [{ expr: 'waggle:edges:diff > bool 0', eval_time: '3h', exp_samples }]
  const tests = [{ interval: '1m', input_series: series, promql_expr_test }]
  const rule_files = ['expected.yaml', 'rules.yaml'].map((name) => join(EXAMPLES, name))
  writeFileSync(file, JSON.stringify({ rule_files, evaluation_interval: '1m', tests }))
  await run(program('promtool'), ['test', 'rules', file], { env })
}

it('[0.2] edges that have been used of late, and no others, are not missing', async () => {
  const [silent, busy] = ['5+1x100 105x80', '5+1x180']
  await expectDiff(
    [packets(DATABASE, silent), packets(CACHE, busy)],
    [`difference="missing", ${DATABASE}`],
  )
  await expectDiff([packets(DATABASE, busy), packets(CACHE, '_x179 5x5')], [])
})

it('[0.2] edges that nobody expects are told while they are used', async () => {
  const expected = [packets(DATABASE, '5+1x180'), packets(CACHE, '5+1x180')]
  await expectDiff([...expected, packets(OTHER, '5+1x180')], [`difference="unexpected", ${OTHER}`])
  await expectDiff([...expected, packets(OTHER, '5+1x100 105x80')], [])
})

it('[0.2] edges whose connections fail are told for an hour, from the first failure on', async () => {
  const expected = [packets(DATABASE, '5+1x180'), packets(CACHE, '5+1x180')]
  await expectDiff([...expected, failures(CACHE, '_x170 1x10')], [`difference="failing", ${CACHE}`])
  await expectDiff([...expected, failures(CACHE, '0x150 1x30')], [`difference="failing", ${CACHE}`])
  await expectDiff([...expected, failures(CACHE, '1+1x100 101x80')], [])
})

it('the list of expected edges and the rules are such as Prometheus takes', async () => {
  const { program, env } = await unpack('prometheus')
  const files = ['expected.yaml', 'rules.yaml'].map((name) => join(EXAMPLES, name))
  const { stdout } = await run(program('promtool'), ['check', 'rules', ...files], { env })
  expect(stdout).toContain('SUCCESS: 2 rules found')
  expect(stdout).toContain('SUCCESS: 5 rules found')
})
