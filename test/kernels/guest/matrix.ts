import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type ContainerTruth, keepContainerBusy } from './container.ts'
import { type LoadedProgram, loadAll } from './loading.ts'
import { type LossTruth, talkOverLoss } from './loss.ts'
import { type Ended, runToEnd, Running } from './programs.ts'
import { handOver, uptime } from './result.ts'

// Everything that a kernel is asked: whether the programs load, what preflight says, and whether
// the agent sees what a client and a server do, what a container uses, and what is lost on the way.

const WAGGLE = '/waggle/bin/waggle'
const OUTPUT = '/tmp/spans.jsonl'
const METRICS = '/tmp/metrics.jsonl'
const NETWORK = '/tmp/network.jsonl'
const LOG_LINES = 20

/** What a guest found out about its kernel. */
export interface Found {
  readonly release: string
  readonly programs: readonly LoadedProgram[]
  readonly preflight: Ended
  readonly agent: Ended
  readonly client: Ended & { readonly pid: number }
  readonly server: { readonly pid: number }
  /** What the agent's file exporter wrote, zipped, in base64. */
  readonly spans: string
  /** The same of its metrics, and what the kernel says of the container that they are about. */
  readonly metrics: string
  readonly container: ContainerTruth
  /** The same of connections: told until they were at rest, and in all. */
  readonly networkAtRest: string
  readonly network: string
  readonly loss: LossTruth
  /** When each part was done, in seconds since the kernel began. */
  readonly seconds: Readonly<Record<string, number>>
}

const seconds: Record<string, number> = {}

/** Remembers when a part was done. */
function done<T>(part: string, result: T): T {
  seconds[part] = uptime()
  return result
}

const programs = done('load', loadAll({ all: false, logLines: LOG_LINES }))
const preflight = done('preflight', runToEnd(WAGGLE, 'preflight'))
const agent = new Running(WAGGLE, 'run', '--config', '/waggle/config.yaml')
const server = new Running(process.execPath, `${import.meta.dirname}/server.js`)
await Promise.all([agent.says('Running.'), server.says('listening')])
done('start', undefined)
const client = new Running(process.execPath, `${import.meta.dirname}/client.js`)
const clientEnded = done('exchanges', await client.end())
const { truth, busy } = done('container', await keepContainerBusy(METRICS))
let networkAtRest = ''
const lossTruth = await talkOverLoss(NETWORK, () => void (networkAtRest = written(NETWORK)))
const loss = done('loss', lossTruth)
// The agent's look at its ring is at most this far away.
await sleep(500)
const agentEnded = done('stop', await agent.end('SIGINT'))
await Promise.all([server, busy].map((one) => one.end('SIGKILL')))

/** What the agent has written to a file, zipped, in base64. */
function written(path: string): string {
  return gzipSync(existsSync(path) ? readFileSync(path) : Buffer.alloc(0)).toString('base64')
}

const found: Found = {
  release: release(),
  programs,
  preflight,
  agent: agentEnded,
  client: { pid: client.pid, ...clientEnded },
  server: { pid: server.pid },
  spans: written(OUTPUT),
  metrics: written(METRICS),
  container: truth,
  networkAtRest,
  network: written(NETWORK),
  loss,
  seconds,
}
handOver(found)
