import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { CgroupTable } from './cgroup_table.ts'
import { ProcessReader } from './process_identity.ts'
import { Selection, type SelectionOptions } from './selection.ts'
import { selectionRule } from './selection_config.ts'

let proc: string
let nowMs: number
let told: unknown[]
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'proc-'))
  nowMs = 0
  told = []
})
afterEach(() => rmSync(proc, { recursive: true }))

type Written = z.input<typeof selectionRule>

function selectionOf(
  { select = [], exclude = [] }: { select?: Written[]; exclude?: Written[] },
  options: Partial<SelectionOptions> = {},
): Selection {
  const cgroups = new CgroupTable({ root: () => join(proc, 'cgroups') })
  return new Selection({
    select: select.map((rule) => selectionRule.parse(rule)),
    exclude: exclude.map((rule) => selectionRule.parse(rule)),
    reader: new ProcessReader({ proc, cgroups }),
    now: () => nowMs,
    onDecision: (pid, excluded) => void told.push([pid, excluded]),
    ...options,
  })
}

/** A process begins to run. */
function run(pid: number, executable: string, startTime = 100, cgroup = '/'): void {
  end(pid)
  mkdirSync(join(proc, String(pid)))
  const stat = `${pid} (x) R ${'0 '.repeat(18)}${startTime} 0`
  writeFileSync(join(proc, String(pid), 'stat'), stat)
  writeFileSync(join(proc, String(pid), 'cgroup'), `0::${cgroup}\n`)
  symlinkSync(executable, join(proc, String(pid), 'exe'))
}

function end(pid: number): void {
  rmSync(join(proc, String(pid)), { recursive: true, force: true })
}

/** Why a record is left out. */
function leftOut(selection: Selection, pid: number, port = 80, cgroupId = 0): string {
  selection.refresh()
  const record = {
    pid: () => pid,
    comm: () => 'x',
    commWord: () => 0,
    cgroupId: () => cgroupId,
    serverPort: () => port,
  }
  return selection.leftOut(record, 0)
}

describe('a selection', () => {
  it('takes everything where it has no rules, and reads no process', () => {
    const reader = new ProcessReader({ proc })
    reader.read = () => {
      throw new Error('a process is read')
    }
    expect(leftOut(selectionOf({}, { reader }), 7)).toBe('')
    expect(leftOut(selectionOf({ exclude: [{ port: 80 }] }, { reader }), 7)).toBe('excluded')
  })

  it('goes by the port alone where the rules do', () => {
    const selection = selectionOf({ select: [{ port: '80-90' }], exclude: [{ port: 85 }] })
    expect([80, 85, 91].map((port) => leftOut(selection, 7, port))).toEqual([
      '',
      'excluded',
      'not_selected',
    ])
    expect(told).toEqual([])
  })

  it('goes by process and port where the rules do', () => {
    run(7, '/bin/nginx')
    run(8, '/bin/curl')
    const selection = selectionOf({
      select: [{ executable: 'nginx', port: [80, 443] }],
      exclude: [{ executable: 'nginx', port: 443 }],
    })
    expect([80, 443, 90].map((port) => leftOut(selection, 7, port))).toEqual([
      '',
      'excluded',
      'not_selected',
    ])
    expect(leftOut(selection, 8)).toBe('not_selected')
  })

  it('goes by the cgroup of the socket where the process is not known', () => {
    mkdirSync(join(proc, 'cgroups/cron.service'), { recursive: true })
    const id = statSync(join(proc, 'cgroups/cron.service')).ino
    const selection = selectionOf({ exclude: [{ unit: 'cron.service' }] })
    expect([leftOut(selection, 0, 80, id), leftOut(selection, 0, 80, 1)]).toEqual(['excluded', ''])
    expect([leftOut(selection, 7, 80, id)]).toEqual(['excluded'])
  })

  it('decides once for each process', () => {
    run(7, '/bin/nginx')
    const selection = selectionOf({ exclude: [{ executable: 'nginx' }] })
    expect(leftOut(selection, 7)).toBe('excluded')
    end(7)
    nowMs = 9_999
    expect(leftOut(selection, 7)).toBe('excluded')
    expect(told).toEqual([[7, true]])
  })

  it('decides anew once the pid is that of another process', () => {
    run(7, '/bin/nginx')
    const selection = selectionOf({ exclude: [{ executable: 'nginx' }] })
    leftOut(selection, 7)
    run(7, '/bin/curl', 200)
    nowMs = 10_000
    expect(leftOut(selection, 7)).toBe('')
    expect(told).toEqual([
      [7, true],
      [7, false],
    ])
  })
})

describe('who is told of decisions', () => {
  it('hears of processes that are left out whole, and when they make room for others', () => {
    for (const pid of [1, 2, 3]) run(pid, '/bin/nginx')
    run(4, '/bin/curl')
    const exclude = [{ executable: 'nginx' }, { executable: 'curl', port: 80 }]
    const selection = selectionOf({ exclude }, { limit: 2 })
    for (const pid of [4, 1, 2, 3]) expect(leftOut(selection, pid)).toBe('excluded')
    expect(told).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [1, false],
    ])
  })

  it('hears nothing of processes that are gone already', () => {
    expect(leftOut(selectionOf({ exclude: [{ executable: 'x' }] }), 7)).toBe('excluded')
    expect(told).toEqual([])
  })

  it('hears of those that have ended, which a sweep finds', () => {
    for (const pid of [1, 2, 3]) run(pid, '/bin/nginx')
    const selection = selectionOf({ exclude: [{ executable: 'nginx' }] })
    for (const pid of [1, 2, 3]) leftOut(selection, pid)
    told = []
    selection.sweep()
    expect(told).toEqual([])
    end(1)
    run(3, '/bin/nginx', 200)
    selection.sweep()
    expect(told).toEqual([
      [1, false],
      [3, false],
    ])
    expect(leftOut(selection, 3)).toBe('excluded')
    expect(told.at(-1)).toEqual([3, true])
  })

  it('hears of all that have ended after enough sweeps', () => {
    const pids = Array.from({ length: 600 }, (_, i) => i + 1)
    for (const pid of pids) run(pid, '/bin/nginx')
    const selection = selectionOf({ exclude: [{ executable: 'nginx' }] })
    for (const pid of pids) leftOut(selection, pid)
    told = []
    end(600)
    selection.sweep()
    selection.sweep()
    expect(told).toEqual([])
    selection.sweep()
    expect(told).toEqual([[600, false]])
  })

  it('hears of cgroups that are left out whoever is in them, where the socket was made in it', () => {
    const cgroups: unknown[] = []
    const ids = ['a.service', 'b.service'].map((name) => {
      mkdirSync(join(proc, 'cgroups', name), { recursive: true })
      return statSync(join(proc, 'cgroups', name)).ino
    })
    run(7, '/bin/nginx', 100, '/a.service')
    run(8, '/bin/nginx', 100, '/a.service')
    run(9, '/bin/curl', 100, '/b.service')
    const selection = selectionOf(
      { exclude: [{ unit: 'a.service' }, { executable: 'curl' }] },
      { onCgroupDecision: (id) => void cgroups.push(id) },
    )
    for (const [pid, id] of [
      [7, ids[1]],
      [9, ids[1]],
    ] as const)
      expect(leftOut(selection, pid, 80, id)).toBe('excluded')
    expect(cgroups).toEqual([])
    expect(leftOut(selection, 8, 80, ids[0])).toBe('excluded')
    expect(cgroups).toEqual([ids[0]])
  })
})
