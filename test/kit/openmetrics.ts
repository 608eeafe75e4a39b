import { join } from 'node:path'
import { unpack } from './debian.ts'
import type { Series } from './metrics_page.ts'
import { run } from './processes.ts'
import { needProgram } from './programs.ts'

const READER = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
samples = [sample for family in families(sys.stdin.read()) for sample in family.samples]
print(json.dumps([[sample.name, sample.labels, str(sample.value)] for sample in samples]))
`

/**
 * Reads a page in OpenMetrics 1.0 with the parser of Prometheus' Python client, the reference
 * implementation. Rejects with what is wrong with the page.
 */
export async function readOpenMetrics(page: string): Promise<Series[]> {
  const { root } = await unpack('python3-prometheus-client')
  const env = { PYTHONPATH: join(root, 'usr/lib/python3/dist-packages') }
  const { stdout } = await run(needProgram('python3'), ['-c', READER], { input: page, env })
  const samples = JSON.parse(stdout) as [string, Record<string, string>, string][]
  return samples.map(([name, labels, value]) => ({ name, labels, value: numberOf(value) }))
}

/** What Prometheus' own linter has to say of a page in the text format; empty where nothing. */
export async function lintMetrics(page: string): Promise<string> {
  const { program, env } = await unpack('prometheus')
  const options = { input: page, env }
  const { stdout, stderr } = await run(program('promtool'), ['check', 'metrics'], options)
  return stdout + stderr
}

function numberOf(text: string): number {
  if (text === 'inf') return Infinity
  return text === '-inf' ? -Infinity : Number(text)
}
