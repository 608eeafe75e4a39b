import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type LoadedProgram, loadAll } from './loading.ts'
import { type Ended, runToEnd, Running } from './programs.ts'
import { handOver, uptime } from './result.ts'

// Everything that a kernel is asked: whether the programs load, what preflight says, and whether
// the agent sees what a client and a server do.

const WAGGLE = '/waggle/bin/waggle'
const OUTPUT = '/tmp/spans.jsonl'
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
// The agent's look at its ring is at most this far away.
await sleep(500)
const agentEnded = done('stop', await agent.end('SIGINT'))
await server.end('SIGKILL')
const output = existsSync(OUTPUT) ? readFileSync(OUTPUT) : Buffer.alloc(0)

const found: Found = {
  release: release(),
  programs,
  preflight,
  agent: agentEnded,
  client: { pid: client.pid, ...clientEnded },
  server: { pid: server.pid },
  spans: gzipSync(output).toString('base64'),
  seconds,
}
handOver(found)
