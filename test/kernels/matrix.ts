import { boot, type Guest } from './boot.ts'
import { debianKernel } from './debian_kernels.ts'
import type { Found } from './guest/matrix.ts'
import { makeInitramfs, withModules } from './initramfs.ts'
import { judge, type Verdict } from './judge.ts'
import { type ContainerVerdict, judgeContainer } from './judge_container.ts'
import { judgeLoss, type LossVerdict } from './judge_loss.ts'
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
      readonly container: ContainerVerdict
      readonly loss: LossVerdict
      readonly minutes: number
    }

/** A guest takes a minute or two where nothing else runs. */
const TIMEOUT_MS = 20 * 60_000
const AT_ONCE = 2

/** What is to be tried, and on which kernels. */
export interface Matrix {
  /** Of Debian's kernels: `6.1`, or `newest`. */
  readonly series: readonly string[]
  /** Paths of the objects whose programs are loaded. */
  readonly objects: readonly string[]
  /** More words for the kernels' command line. */
  readonly words?: readonly string[]
  /** Told of each kernel as soon as it is done. */
  readonly say: (column: Column) => void
}

/** Tries the kernels, two at a time. */
export async function tryKernels({ series, objects, words = [], say }: Matrix): Promise<Column[]> {
  const initramfs = await makeInitramfs(objects)
  const columns: Column[] = []
  const left = [...series.entries()]
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [index, one] = next
      columns[index] = await tryKernel(one, { initramfs, words })
      say(columns[index])
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return columns
}

async function tryKernel(series: string, how: Pick<Guest, 'initramfs' | 'words'>): Promise<Column> {
  const began = performance.now()
  try {
    const { version, image, modules } = await debianKernel(series)
    const initramfs = withModules(how.initramfs, modules)
    const guest: Guest = { ...how, image, initramfs, program: 'matrix', timeoutMs: TIMEOUT_MS }
    const found = (await boot(guest)) as Found
    const minutes = (performance.now() - began) / 60_000
    const preflight = preflightRows(found.preflight.output)
    const container = judgeContainer(found.metrics, found.container)
    const told = { atRest: found.networkAtRest, all: found.network }
    const loss = judgeLoss(told, found.loss)
    const verdict = judge(found)
    return { series, version, found, preflight, verdict, container, loss, minutes }
  } catch (error) {
    return { series, failure: wordChain(error) }
  }
}

function wordChain(error: unknown): string {
  const { message, cause } = error as Error
  return cause === undefined ? message : `${message}: ${wordChain(cause)}`
}
