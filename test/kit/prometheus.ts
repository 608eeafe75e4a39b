import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpack } from './debian.ts'
import { eventually } from './eventually.ts'
import { freePort, start, type Program } from './processes.ts'
import { tempDir } from './temp_dir.ts'

/** One series of an answer: its labels, and its value at the time of the question. */
export interface Sample {
  labels: Record<string, string>
  value: number
}

/** A Prometheus that a test has started; it ends with the test. */
export interface Prometheus {
  port: number
  program: Program
  /** Asks a query that is answered by an instant vector; throws with what Prometheus says is wrong. */
  query: (promql: string) => Promise<Sample[]>
}

/**
 * Starts Prometheus from its Debian package, on loopback and with its data in a temporary folder.
 * @param more arguments beside those
 */
export async function startPrometheus(
  config: string,
  more: readonly string[] = [],
): Promise<Prometheus> {
  const prometheus = await unpack('prometheus')
  const folder = tempDir('prometheus')
  const file = join(folder, 'prometheus.yml')
  writeFileSync(file, config)
  const port = await freePort()
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
    ...more,
  ]
  const { env, program: find } = prometheus
  const program = await start(find('prometheus'), args, { env, cwd: folder })
  await prometheusReady(port)
  return { port, program, query: (promql) => ask(port, promql) }
}

/** Waits until a Prometheus can store: it listens before that, and answers 503 then. */
export async function prometheusReady(port: number): Promise<void> {
  const ask = async () => {
    const { ok, status } = await fetch(`http://127.0.0.1:${port}/-/ready`)
    if (!ok) throw new Error(`Prometheus is not ready: HTTP ${status}`)
  }
  await eventually(ask, { timeoutMs: 30_000 })
}

async function ask(port: number, promql: string): Promise<Sample[]> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(promql)}`
  const answer = (await (await fetch(url)).json()) as Answer
  if (answer.status !== 'success') throw new Error(`${answer.error} in ${promql}`)
  const { resultType, result } = answer.data
  if (resultType !== 'vector') throw new Error(`expected a vector, received ${resultType}`)
  return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
}

type Answer =
  | { status: 'error'; error: string }
  | {
      status: 'success'
      data: {
        resultType: string
        result: { metric: Record<string, string>; value: [number, string] }[]
      }
    }
