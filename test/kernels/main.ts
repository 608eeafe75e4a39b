import { parseArgs } from 'node:util'
import { endAll } from '../kit/cleanup.ts'
import { builtObjects } from './initramfs.ts'
import { loadOnly } from './load_only.ts'
import { type Matrix, tryKernels } from './matrix.ts'
import { writeReadme } from './readme.ts'
import { isRight, report } from './report.ts'
import { SERIES } from './series.ts'
import { table } from './table.ts'

const usage = `usage: npm run kernels -- [options] [KERNEL...] [OBJECT...]
  Boots kernels of Debian's in an emulated machine. On each, every eBPF program is loaded, and the
  agent sees 1,000 HTTP exchanges. Prints a table of what works where. Needs neither root nor
  virtualisation, but apt-get and some minutes.

  KERNEL            such as 6.1, or newest (${SERIES.join(', ')})
  --write           put the table into README.md
  --load-only       only load the programs of each OBJECT (bpf/*/build/*.bpf.o) and print what the
                    verifier says of them: half a minute
  --words WORDS     more words for the kernels' command line, such as preempt=full
  --log-lines N     with --load-only, lines of the verifier's log (60)
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    'load-only': { type: 'boolean', default: false },
    words: { type: 'string', default: '' },
    'log-lines': { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
})

const isSeries = (word: string): boolean => /^(\d+\.\d+|newest)$/.test(word)

/** The exit code: 0 when everything is as it should be. */
async function main(): Promise<number> {
  if (values.help) {
    print(usage)
    return 0
  }
  const named = positionals.filter(isSeries)
  const series = named.length > 0 ? named : SERIES
  const files = positionals.filter((word) => !isSeries(word))
  const objects = files.length > 0 ? files : builtObjects()
  const words = values.words.split(' ').filter(Boolean)
  const logLines = Number(values['log-lines'])
  if (values['load-only']) return (await loadOnly({ series, objects, words, logLines })) > 0 ? 1 : 0
  if (values.write && (series !== SERIES || words.length > 0)) {
    throw new Error('README.md has a column for every kernel as it is: name none with --write')
  }
  return matrix({ series, objects, words })
}

async function matrix(wanted: Omit<Matrix, 'say'>): Promise<number> {
  const columns = await tryKernels({ ...wanted, say: (column) => print(report(column)) })
  print(`\n${table(columns)}`)
  if (values.write) writeReadme(table(columns))
  return columns.every(isRight) ? 0 : 1
}

function print(text: string): void {
  process.stdout.write(text)
}

try {
  process.exitCode = await main()
} finally {
  await endAll()
}
