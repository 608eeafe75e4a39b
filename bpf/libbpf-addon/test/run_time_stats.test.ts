import { readFileSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type BpfObject, RunTimeStats } from '../lib/index.js'
import { loadObject, packet } from './support.js'

/** Somebody else on this machine keeps statistics all the time. */
const always = readFileSync('/proc/sys/kernel/bpf_stats_enabled', 'utf8').trim() !== '0'

let object: BpfObject

beforeEach(() => {
  object = loadObject('kinds')
})
afterEach(() => object.close())

function runTimes(repeat: number): { runs: number; ns: number } {
  const before = object.programInfo('on_packet')
  object.testRun('on_packet', { data: packet, repeat })
  const { runCount, runTimeNs } = object.programInfo('on_packet')
  return {
    runs: Number(runCount - before.runCount),
    ns: Number(runTimeNs - before.runTimeNs),
  }
}

describe('run-time statistics', () => {
  it('are kept while they are turned on', () => {
    using stats = RunTimeStats.enable()
    expect(stats.closed).toBe(false)
    const { runs, ns } = runTimes(1000)
    expect(runs).toBe(1000)
    expect(ns / runs).toBeGreaterThan(1)
    expect(ns / runs).toBeLessThan(100_000)
  })

  it.skipIf(always)('are not kept any more when the last one who wants them has gone', () => {
    const [one, two] = [RunTimeStats.enable(), RunTimeStats.enable()]
    one.close()
    one.close()
    expect(one.closed).toBe(true)
    expect(runTimes(10).runs).toBe(10)
    two.close()
    expect(runTimes(10)).toEqual({ runs: 0, ns: 0 })
  })

  it('are not made by hand', () => {
    const Made = RunTimeStats as unknown as new () => RunTimeStats
    expect(() => new Made()).toThrow('Use RunTimeStats.enable()')
  })
})
