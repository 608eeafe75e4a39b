import { beforeAll, describe, expect, it } from 'vitest'
import { cleansUp } from '../kit/fixtures.ts'
import { debianKernel } from '../kernels/debian_kernels.ts'
import { builtObjects } from '../kernels/initramfs.ts'
import { type Column, tryKernels } from '../kernels/matrix.ts'
import { readmeTable } from '../kernels/readme.ts'
import { problemsOf, report } from '../kernels/report.ts'
import { SERIES } from '../kernels/series.ts'
import { answersOf, table } from '../kernels/table.ts'

cleansUp()

/** Emulated machines take a minute or two each, and many times that where others keep the CPUs busy. */
const TIMEOUT_MS = 60 * 60_000

let columns: Column[] = []

beforeAll(async () => {
  const say = (column: Column): void => void process.stdout.write(report(column))
  columns = await tryKernels({ series: SERIES, objects: builtObjects(), say })
}, TIMEOUT_MS)

describe('a kernel that the archive has no more', () => {
  it('fails by its name', async () => {
    await expect(debianKernel('4.19')).rejects.toThrow(
      /^Debian's archive has no linux-image-cloud-amd64 4\.19 any more, but .*6\.1\./,
    )
  })
})

describe('on Debian kernels', () => {
  it.each(SERIES.map((series, index) => [series, index] as const))(
    '%s: the agent reports each of 1,000 exchanges at both ends, in one trace',
    (_, index) => {
      expect(problemsOf(columns[index] as Column)).toEqual([])
    },
  )

  it('works what the table in README.md says; "npm run kernels -- --write" refreshes it', () => {
    expect(answersOf(table(columns))).toEqual(answersOf(readmeTable()))
  })
})
