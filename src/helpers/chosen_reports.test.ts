import { expect, it } from 'vitest'
import { ChosenReports, type SelectableReports } from './chosen_reports.ts'
import { selectRules } from './selection_config.ts'

/** Reports of these processes and ports. */
function reportsOf(rows: readonly { pid: number; port: number }[]): SelectableReports {
  return {
    itemCount: rows.length,
    pid: (i) => rows[i]!.pid,
    serverPort: (i) => rows[i]!.port,
    comm: () => '',
    commWord: () => 0,
  }
}

const rows = [
  { pid: 7, port: 80 },
  { pid: 8, port: 80 },
  { pid: 8, port: 53 },
]
const places = (): Uint32Array => Uint32Array.from([0, 128, 128, 128, 256, 128])

it('leaves out what rules say and what is the own process, and counts it', () => {
  const exclude = selectRules.parse([{ port: 53 }])
  const config = { select: [], exclude, default_exclude: { own_traffic: true } }
  const chosen = new ChosenReports(config, { pid: 7 })
  const index = places()
  expect(chosen.compact(reportsOf(rows), index)).toBe(1)
  expect([...index.subarray(0, 2)]).toEqual([128, 128])
  expect(Object.fromEntries(chosen.counts)).toEqual({
    own_traffic: 1,
    excluded: 1,
    not_selected: 0,
  })
})

it('takes everything where nothing is left out', () => {
  const config = { select: [], exclude: [], default_exclude: { own_traffic: false } }
  const index = places()
  expect(new ChosenReports(config, { pid: 7 }).compact(reportsOf(rows), index)).toBe(3)
  expect(index).toEqual(places())
})
