import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  /** Ends it with SIGINT; returns its exit and the totals that it printed. */
  stop: () => Promise<{ exit: Exit; totals: string }>
}

/** The shipped HTTP pipeline, with every span in a file and flushed at once. */
function fileConfig(path: string): string {
  return `
receivers: { ebpf_http: }
processors: { protocol_inference: }
exporters: { file: { path: ${path}, flush_interval: 50ms } }
service:
  pipelines:
    traces: { receivers: [ebpf_http], processors: [protocol_inference], exporters: [file] }
`
}

/**
 * Starts an agent and waits until it runs: with the given configuration, or with one that writes
 * every span to a file.
 */
export async function startAgent(config?: string, options: StartOptions = {}): Promise<Agent> {
  const folder = tempDir('agent')
  const output = join(folder, 'spans.jsonl')
  const file = join(folder, 'config.yaml')
  writeFileSync(file, config ?? fileConfig(output))
  const program = await start(waggle, ['run', '--config', file], { graceMs: 20_000, ...options })
  await program.waitForOutput(/Running\./)
  return {
    program,
    spans: () => readSpans(folder),
    stop: async () => {
      program.signal('SIGINT')
      const exit = await program.exited
      return { exit, totals: program.stderr.slice(program.stderr.indexOf('waggle: totals')) }
    },
  }
}

/** Every whole line of the files, rotated ones too. */
function readSpans(folder: string): SpanView[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  return files.toSorted().flatMap((name) => {
    const path = join(folder, name)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
    return lines.filter(Boolean).flatMap((line) => spans(decodeJsonRequest('traces', line)))
  })
}
