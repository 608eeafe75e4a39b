import { join } from 'node:path'
import { compile } from './compile.ts'
import { unpack } from './debian.ts'
import { run, type StartOptions } from './processes.ts'

interface LoadOptions {
  url: string
  seconds: number
  connections?: number
  threads?: number
  headers?: Record<string, string>
  netns?: string | undefined
  /** The CPUs to run on, as taskset takes them. */
  cpus?: string | undefined
}

export interface LoadResult {
  /** Requests that were answered. */
  requests: number
  /** Requests that failed, or were answered with a status other than 2xx. */
  errors: number
  /** Answers per second, over the whole run. */
  rps: number
  /** From a request's sending to its answer, where nothing else is said. */
  latencyMs: { mean: number; max: number }
}

export interface OpenLoadResult extends LoadResult {
  /** Requests without an answer five seconds after the end. */
  unanswered: number
  /** The most requests that were due while no connection was free. */
  mostWaiting: number
  /** From when a request was due to its answer. */
  latencyMs: { mean: number; p50: number; p99: number; p999: number; max: number }
}

/** As fast as the server answers (closed loop), with wrk. */
export async function runWrk({
  connections = 32,
  threads = 1,
  seconds,
  url,
  headers = {},
  ...where
}: LoadOptions): Promise<LoadResult> {
  const wrk = await unpack('wrk')
  const size = ['-c', `${connections}`, '-t', `${threads}`, '-d', `${seconds}s`]
  const args = [...size, ...headerArguments(headers), url]
  return readWrk(await runFor(seconds, wrk.program('wrk'), args, { ...where, env: wrk.env }))
}

/**
 * At a fixed rate (open loop), evenly spaced: a request is due when the clock says so, whatever the
 * server does, and its latency counts from when it was due. Answers need a Content-Length.
 */
export async function runOpenLoad({
  rps,
  connections = 50,
  seconds,
  url,
  headers = {},
  ...where
}: Omit<LoadOptions, 'threads'> & { rps: number }): Promise<OpenLoadResult> {
  const program = await compile(join(import.meta.dirname, 'programs', 'openload.c'))
  const { hostname, port, host, pathname, search } = new URL(url)
  const lines = Object.entries({ Host: host, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  const input = [`GET ${pathname}${search} HTTP/1.1`, ...lines, '', ''].join('\r\n')
  const address = hostname.replace(/^\[|\]$/g, '')
  const args = [address, port || '80', `${rps}`, `${seconds}`, `${connections}`]
  return readOpenLoad(await runFor(seconds, program, args, { ...where, input }))
}

function readOpenLoad(text: string): OpenLoadResult {
  const counts = JSON.parse(text) as Record<string, number>
  const count = (name: string) => counts[name]!
  const requests = count('requests')
  return {
    requests,
    errors: count('badStatus') + count('broken'),
    unanswered: count('sent') - requests - count('broken'),
    rps: requests / (count('tookNs') / 1e9),
    mostWaiting: count('maxWaiting'),
    latencyMs: {
      mean: count('meanNs') / 1e6,
      p50: count('p50Ns') / 1e6,
      p99: count('p99Ns') / 1e6,
      p999: count('p999Ns') / 1e6,
      max: count('maxNs') / 1e6,
    },
  }
}

/**
 * At a fixed rate (open loop), in bursts, with h2load over HTTP/1.1: every 10 ms each connection
 * sends what has come due, also after a stall. Costs both sides less CPU than even spacing does,
 * and counts latency from the sending.
 */
export async function runBurstLoad({
  rps,
  connections = 50,
  threads = 1,
  seconds,
  url,
  headers = {},
  ...where
}: LoadOptions & { rps: number }): Promise<LoadResult> {
  const h2load = await unpack('nghttp2-client')
  const size = ['-c', `${connections}`, '-t', `${threads}`, '-D', `${seconds}`]
  const args = ['--h1', `--rps=${rps / connections}`, ...size, ...headerArguments(headers), url]
  return readH2load(
    await runFor(seconds, h2load.program('h2load'), args, { ...where, env: h2load.env }),
  )
}

function headerArguments(headers: Record<string, string>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
}

async function runFor(
  seconds: number,
  command: string,
  args: string[],
  options: StartOptions,
): Promise<string> {
  const timeoutMs = (seconds + 30) * 1000
  return (await run(command, args, { ...options, timeoutMs })).stdout
}

function readWrk(text: string): LoadResult {
  const latency = pick(text, /Latency +(\S+) +\S+ +(\S+)/)
  const socketErrors = text.match(/Socket errors: (.*)/)?.[1]?.match(/\d+/g) ?? []
  const badStatus = text.match(/Non-2xx or 3xx responses: (\d+)/)?.[1] ?? '0'
  return {
    requests: Number(pick(text, /(\d+) requests in/)[0]),
    errors: [...socketErrors, badStatus].map(Number).reduce((sum, count) => sum + count, 0),
    rps: Number(pick(text, /Requests\/sec: +([\d.]+)/)[0]),
    latencyMs: { mean: milliseconds(latency[0]!), max: milliseconds(latency[1]!) },
  }
}

function readH2load(text: string): LoadResult {
  const done = Number(pick(text, /requests: .* (\d+) done/)[0])
  const latency = pick(text, /time for request: +\S+ +(\S+) +(\S+)/)
  return {
    requests: done,
    errors: done - Number(pick(text, /status codes: (\d+) 2xx/)[0]),
    rps: Number(pick(text, /finished in .*, ([\d.]+) req\/s/)[0]),
    latencyMs: { max: milliseconds(latency[0]!), mean: milliseconds(latency[1]!) },
  }
}

function pick(text: string, pattern: RegExp): string[] {
  const match = text.match(pattern)
  if (!match) throw new Error(`the load tool did not print ${String(pattern)}:\n${text}`)
  return match.slice(1)
}

const unitMs = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 }

function milliseconds(text: string): number {
  const [number, unit] = pick(text, /^([\d.]+)(us|ms|s|m)$/)
  return Number(number) * unitMs[unit as keyof typeof unitMs]
}
