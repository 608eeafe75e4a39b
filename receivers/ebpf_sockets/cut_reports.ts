import { REPORT_SIZE } from './record.ts'

/** Reports of one batch. */
const MAX_REPORTS = 2048

/** Reports in memory, and where each begins and how long it is. */
export interface ReportBytes {
  readonly bytes: Buffer
  readonly index: Uint32Array
  readonly count: number
}

/** Cuts what a walk wrote, one report after the other, into batches; nothing is copied. */
export function* cutReports(written: Buffer): Generator<ReportBytes> {
  const reports = Math.floor(written.length / REPORT_SIZE)
  for (let from = 0; from < reports; from += MAX_REPORTS) {
    const count = Math.min(MAX_REPORTS, reports - from)
    const start = from * REPORT_SIZE
    const index = new Uint32Array(count * 2)
    for (let i = 0; i < count; i++) {
      index[i * 2] = i * REPORT_SIZE
      index[i * 2 + 1] = REPORT_SIZE
    }
    yield { bytes: written.subarray(start, start + count * REPORT_SIZE), index, count }
  }
}
