/** Bytes of output for each report of a walk: `WALK_MARK_SIZE` in bpf/include/walk.bpf.h. */
const MARK_SIZE = 16

/** Where a walk over socket storage puts its reports (bpf/include/walk.bpf.h). */
export function walkReports(reportSize: number) {
  return { map: 'walked', recordBytes: reportSize, markBytes: MARK_SIZE } as const
}
