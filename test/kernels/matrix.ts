import { boot } from './boot.ts'
import { debianKernel } from './debian_kernels.ts'
import type { Found } from './guest/matrix.ts'
import { makeInitramfs } from './initramfs.ts'
import { judge, type Verdict } from './judge.ts'
import { preflightRows, type PreflightRow } from './preflight_rows.ts'

/** What one kernel can do, or why that could not be found out. */
export type Column =
  | { readonly series: string; readonly failure: string }
  | {
      readonly series: string
      readonly version: string
      readonly found: Found
      readonly preflight: readonly PreflightRow[]
      readonly verdict: Verdict
      readonly minutes: number
    }

/** A guest takes a minute or two where nothing else runs. */
const TIMEOUT_MS = 20 * 60_000
const AT_ONCE = 2

/** Tries the kernels, two at a time; `say` is told of each as soon as it is done. */
export async function tryKernels(
  series: readonly string[],
  objects: readonly string[],
  say: (column: Column) => void,
): Promise<Column[]> {
  const initramfs = await makeInitramfs(objects)
  const columns: Column[] = []
  const left = [...series.entries()]
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [index, one] = next
      const column = await tryKernel(one, initramfs)
      columns[index] = column
      say(column)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return columns
}

async function tryKernel(series: string, initramfs: string): Promise<Column> {
  const began = performance.now()
  try {
    const { version, image } = await debianKernel(series)
    const guest = { image, initramfs, program: 'matrix', timeoutMs: TIMEOUT_MS }
    const found = (await boot(guest)) as Found
    const minutes = (performance.now() - began) / 60_000
    const preflight = preflightRows(found.preflight.output)
    return { series, version, found, preflight, verdict: judge(found), minutes }
  } catch (error) {
    return { series, failure: wordChain(error) }
  }
}

function wordChain(error: unknown): string {
  const { message, cause } = error as Error
  return cause === undefined ? message : `${message}: ${wordChain(cause)}`
}
