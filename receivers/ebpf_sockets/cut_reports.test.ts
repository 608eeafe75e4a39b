import { expect, it } from 'vitest'
import { cutReports } from './cut_reports.ts'
import { REPORT_SIZE } from './record.ts'

it('cuts what a walk wrote into batches of at most 2,048 reports, and copies nothing', () => {
  const written = Buffer.alloc(3000 * REPORT_SIZE + 7)
  const batches = [...cutReports(written)]
  expect(batches.map(({ count }) => count)).toEqual([2048, 952])
  expect(batches[1]!.bytes.buffer).toBe(written.buffer)
  expect(batches[1]!.bytes.byteOffset - written.byteOffset).toBe(2048 * REPORT_SIZE)
  expect([...batches[1]!.index.subarray(2, 4)]).toEqual([REPORT_SIZE, REPORT_SIZE])
})

it('makes no batch of nothing', () => {
  expect([...cutReports(Buffer.alloc(0))]).toEqual([])
})
