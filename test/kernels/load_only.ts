import { existsSync } from 'node:fs'
import { boot } from './boot.ts'
import { debianKernel } from './debian_kernels.ts'
import type { LoadedProgram } from './guest/loading.ts'
import { makeInitramfs } from './initramfs.ts'

const TIMEOUT_MS = 900_000

/** What is to be tried. */
export interface LoadOnly {
  /** Of Debian's kernels: `5.10`, or `newest`. */
  readonly series: readonly string[]
  /** Paths of objects. */
  readonly objects: readonly string[]
  /** More words for the kernels' command line. */
  readonly words: readonly string[]
  /** How many lines of the verifier's log are printed. */
  readonly logLines: number
}

/** Prints what each kernel thinks of the programs; returns how many were refused. */
export async function loadOnly({ series, objects, words, logLines }: LoadOnly): Promise<number> {
  const missing = objects.find((path) => !existsSync(path))
  if (missing !== undefined) throw new Error(`there is no ${missing}`)
  const initramfs = await makeInitramfs(objects, { agent: false })
  const allWords = [...words, `log_lines=${logLines}`]
  let refused = 0
  for (const one of series) {
    const { version, image } = await debianKernel(one)
    const guest = { image, initramfs, program: 'load_only', timeoutMs: TIMEOUT_MS }
    const { programs } = (await boot({ ...guest, words: allWords })) as {
      programs: LoadedProgram[]
    }
    process.stdout.write(programs.map((program) => wordVerdict(version, program)).join(''))
    refused += programs.filter(({ verdict }) => verdict === 'refused').length
  }
  return refused
}

function wordVerdict(version: string, loaded: LoadedProgram): string {
  const { object, program, section, verdict, milliseconds, error, log } = loaded
  const name = `Linux ${version}  ${object}/${program}  ${section}`
  if (verdict !== 'refused') return `${name}  loads (${milliseconds} ms)\n`
  return `${name}  REFUSED (${milliseconds} ms)\n  ${error}\n${indented(log ?? '')}\n`
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
