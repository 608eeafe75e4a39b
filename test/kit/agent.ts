import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asCgroupRoot, isAlone } from './cgroups.ts'
import { decodeJsonRequest, spans, type SpanView } from './otlp.ts'
import { type Exit, type Program, start, type StartOptions } from './processes.ts'
import { tempDir } from './temp_dir.ts'

/** The command of this checkout. */
export const waggle = join(import.meta.dirname, '..', '..', 'bin', 'waggle')

/** An agent that runs as its users run it. */
export interface Agent {
  readonly program: Program
  /** What its file exporter has written so far, strictly decoded. */
  spans: () => SpanView[]
  /** The same as it stands in the file: for counting many, which are slow to decode. */
  text: () => string
  /** Ends it with SIGINT; returns its exit and the totals that it printed. */
  stop: () => Promise<{ exit: Exit; totals: string }>
}

/** The shipped HTTP pipeline, with every span in a file and flushed at once. */
function fileConfig(path: string, ebpfHttp: string): string {
  return `
receivers: { ebpf_http: ${ebpfHttp} }
processors: { protocol_inference: }
exporters: { file: { path: ${path}, flush_interval: 0s } }
service:
  pipelines:
    traces: { receivers: [ebpf_http], processors: [protocol_inference], exporters: [file] }
`
}

/** What an agent is started with. */
export interface AgentOptions {
  /** The options of the receiver in the shipped pipeline. */
  readonly ebpfHttp?: string
  /** More of the command line. */
  readonly args?: readonly string[]
}

/**
 * Starts an agent and waits until it runs: with the given configuration, or with one that writes
 * every span to a file, in which `ebpfHttp` stands for the receiver's options. Where this process is
 * in a cgroup of its own, the agent sees that cgroup alone.
 */
export async function startAgent(
  config?: string,
  { ebpfHttp = '', args = [], ...options }: StartOptions & AgentOptions = {},
): Promise<Agent> {
  const folder = tempDir('agent')
  const output = join(folder, 'spans.jsonl')
  const file = join(folder, 'config.yaml')
  writeFileSync(file, config ?? fileConfig(output, ebpfHttp))
  const command = [...(isAlone() ? asCgroupRoot() : []), waggle, 'run', '--config', file, ...args]
  const program = await start(command[0]!, command.slice(1), { graceMs: 20_000, ...options })
  await program.waitForOutput(/Running\./, { timeoutMs: 30_000 })
  return {
    program,
    spans: spanReader(folder),
    text: () =>
      filesIn(folder)
        .map((path) => readFileSync(path, 'utf8'))
        .join(''),
    stop: async () => {
      program.signal('SIGINT')
      const exit = await program.exited
      return { exit, totals: program.stderr.slice(program.stderr.indexOf('waggle: totals')) }
    },
  }
}

/** The files that spans were written to, rotated ones too. */
function filesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  return names.toSorted().map((name) => join(folder, name))
}

/** Reads the files line by line; asked again, it reads only what has been added since. */
function spanReader(folder: string): () => SpanView[] {
  const read = new Map<number, { size: number; spans: SpanView[] }>()
  return () =>
    filesIn(folder).flatMap((path) => {
      const bytes = readFileSync(path)
      // A file that is put aside keeps its inode and gets another name.
      const { ino } = statSync(path)
      const known = read.get(ino) ?? { size: 0, spans: [] }
      const size = bytes.lastIndexOf('\n') + 1
      const lines = bytes.toString('utf8', known.size, size).split('\n').filter(Boolean)
      const added = lines.flatMap((line) => spans(decodeJsonRequest('traces', line)))
      read.set(ino, { size, spans: [...known.spans, ...added] })
      return read.get(ino)!.spans
    })
}

/** What a component counted, as the totals say. */
export interface Totals {
  seen: number
  handedOn: number
  /** By reason. */
  dropped: Record<string, number>
}

/** The line of a component among the totals that the agent prints at its end. */
export function totalsOf(component: string, totals: string): Totals {
  const line = totals.split('\n').find((text) => text.trim().startsWith(`${component} `))
  const found = line === undefined ? undefined : totalsIn(line)
  if (!found) throw new Error(`the totals have no line of ${component}:\n${totals}`)
  return found
}

/** Every line of the totals, by what stands before its figures: `processor/batch in traces`. */
export function everyTotal(totals: string): Map<string, Totals> {
  const lines = totals.split('\n').flatMap((line) => {
    const found = totalsIn(line)
    return found ? [[line.trim().split(/ {2,}/)[0]!, found] as const] : []
  })
  return new Map(lines)
}

/** The lines of the totals in which `seen = handed on + dropped` does not hold. */
export function unbalanced(totals: string): string[] {
  const wrong = [...everyTotal(totals)].filter(([, { seen, handedOn, dropped }]) => {
    const lost = Object.values(dropped).reduce((sum, items) => sum + items, 0)
    return seen !== handedOn + lost
  })
  return wrong.map(([component, total]) => `${component}: ${JSON.stringify(total)}`)
}

function totalsIn(line: string): Totals | undefined {
  const match = line.match(/ ([\d,]+) +([\d,]+) +([\d,]+)(?: \((.*)\))?$/)
  if (!match) return undefined
  const [, seen, handedOn, , reasons = ''] = match
  const each = [...reasons.matchAll(/(\w+) ([\d,]+)/g)].map(([, reason, items]) => [
    reason!,
    whole(items!),
  ])
  return { seen: whole(seen!), handedOn: whole(handedOn!), dropped: Object.fromEntries(each) }
}

function whole(text: string): number {
  return Number(text.replaceAll(',', ''))
}
