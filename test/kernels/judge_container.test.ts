import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CONTAINER, type ContainerTruth } from './guest/container.ts'
import { judgeContainer } from './judge_container.ts'

const TRUTH: ContainerTruth = {
  seconds: 0.5,
  throttledPeriods: 3,
  throttledSeconds: 0.25,
  memory: 40 * 2 ** 20,
  memoryLimit: 128 * 2 ** 20,
  oomKills: 1,
  threads: 7,
}

/** Metric, attribute and value. */
type Row = readonly [string, Readonly<Record<string, string>>, number]
const RIGHT: readonly Row[] = [
  ['container.cpu.time', { 'cpu.mode': 'user' }, 0.3],
  ['container.cpu.time', { 'cpu.mode': 'system' }, 0.2],
  ['waggle.container.cpu.limit', {}, 0.5],
  ['waggle.container.cpu.throttled.periods', {}, 3],
  ['waggle.container.cpu.throttled.time', {}, 0.25],
  ['container.memory.usage', {}, 40 * 2 ** 20],
  ['waggle.container.memory.limit', {}, 128 * 2 ** 20],
  ['waggle.container.memory.oom_kills', {}, 1],
  ['waggle.container.threads', {}, 7],
  ['waggle.file.operation.duration', { 'waggle.file.operation': 'read' }, 200],
  ['waggle.file.operation.duration', { 'waggle.file.operation': 'write' }, 120],
  ['waggle.file.io', { 'waggle.file.operation': 'read' }, 20_000],
  ['waggle.file.io', { 'waggle.file.operation': 'write' }, 1_200],
]

/** What the agent's file exporter would have written of that container at that second. */
function lineOf(rows: readonly Row[], second: number, id = CONTAINER): string {
  const attribute = (key: string, stringValue: string): unknown => ({ key, value: { stringValue } })
  const metrics = rows.map(([name, attributes, asDouble]) => ({
    name,
    gauge: {
      dataPoints: [
        {
          timeUnixNano: `17000000${second}000000000`,
          asDouble,
          attributes: Object.entries(attributes).map(([key, text]) => attribute(key, text)),
        },
      ],
    },
  }))
  const resource = { attributes: [attribute('container.id', id)] }
  const scopeMetrics = [{ scope: { name: 'a' }, metrics }]
  return `${JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] })}\n`
}

const zipped = (...lines: string[]): string => gzipSync(lines.join('')).toString('base64')
const but = (name: string, value: number): Row[] =>
  RIGHT.map((row) => (row[0] === name ? [row[0], row[1], value] : row))

describe('what a guest tells of its container', () => {
  it('is right where the last of it agrees with the kernel, whatever others use', () => {
    const early = lineOf(but('waggle.container.threads', 3), 10)
    const other = lineOf(but('waggle.container.threads', 9), 30, 'b'.repeat(64))
    expect(judgeContainer(zipped(early, lineOf(RIGHT, 20), other), TRUTH)).toEqual({
      statistics: [],
      files: [],
    })
  })

  it('is wrong where a figure is another one, or is not there', () => {
    const few = but('waggle.file.io', 10).filter(([name]) => name !== 'container.memory.usage')
    expect(judgeContainer(zipped(lineOf(few, 20)), { ...TRUTH, seconds: 0.6 })).toEqual({
      statistics: [
        'container.cpu.time is 0.5, not 0.6',
        'nothing is told of container.memory.usage',
      ],
      files: ['waggle.file.io read is 10, not 20000', 'waggle.file.io write is 10, not 1200'],
    })
  })

  it('says nothing where the container met none of its limits', () => {
    const idle = { ...TRUTH, throttledPeriods: 0, oomKills: 0 }
    expect(judgeContainer(zipped(lineOf(RIGHT, 20)), idle).statistics).toEqual([
      'waggle.container.cpu.throttled.periods is 3, not 0',
      'waggle.container.memory.oom_kills is 1, not 0',
      'the container was never throttled',
      'nothing was killed for memory',
    ])
  })
})
