import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOSSY } from './lossy.ts'
import { runToEnd, Running } from './programs.ts'

// Connections over a loopback with known delay and loss (netem), what ss says of each of them, and how
// many segments the kernel says were sent again.

/** One end of a connection as `ss -ti` has it; times in microseconds. */
export interface EndTruth {
  readonly localPort: number
  readonly peerPort: number
  readonly rtt: number
  readonly rttVariation: number
  readonly leastRtt: number
  readonly retransmits: number
}

/** What the kernel says of the connections. */
export interface LossTruth {
  /** While nothing is under way. */
  readonly ends: readonly EndTruth[]
  /** `TcpRetransSegs` of all that they did, closing included. */
  readonly retransmits: number
}

/** How long the agent may take to look again, and segments to stop being sent, in milliseconds. */
const PATIENCE_MS = 60_000
const REST_MS = 1000
const LOOKING_MS = 10_000

const LOOPBACK = ['lo', 'root', 'netem', 'delay', `${LOSSY.delayMs}ms`]

/**
 * Makes connections that talk, come to rest, and are closed once the agent has looked at them.
 * @param output the file that the agent's log records go to, one line for each look
 * @param atRest called when the agent has looked at them at rest
 */
export async function talkOverLoss(output: string, atRest: () => void): Promise<LossTruth> {
  tc('qdisc', 'add', 'dev', ...LOOPBACK, 'loss', `${LOSSY.lossPercent}%`)
  const before = retransmitsOfAll()
  const pair = new Running(process.execPath, `${import.meta.dirname}/lossy.js`)
  await pair.says('done')
  const ends = await endsAtRest()
  await looksAgain(output)
  atRest()
  tc('qdisc', 'change', 'dev', ...LOOPBACK, 'loss', '0%')
  await pair.end('SIGTERM')
  await sleep(REST_MS)
  await looksAgain(output)
  const retransmits = retransmitsOfAll() - before
  tc('qdisc', 'del', 'dev', 'lo', 'root')
  return { ends, retransmits }
}

function tc(...args: string[]): void {
  const { code, output } = runToEnd('tc', ...args)
  if (code !== 0) throw new Error(`tc ${args.join(' ')}: ${output}`)
}

/** An acknowledgement that was lost is asked for again, which takes a while. */
async function endsAtRest(): Promise<EndTruth[]> {
  for (let before = ss(), ms = 0; ; ms += REST_MS) {
    await sleep(REST_MS)
    const now = ss()
    if ((now === before && !now.includes('unacked:')) || ms >= PATIENCE_MS) return endsIn(now)
    before = now
  }
}

/** Times since the last packet go on while nothing happens. */
function ss(): string {
  const filter = ['state', 'established', `( sport = :${LOSSY.port} or dport = :${LOSSY.port} )`]
  const { code, output } = runToEnd('ss', '-tinOH', ...filter)
  if (code !== 0) throw new Error(`ss: ${output}`)
  return output.replaceAll(/last(?:snd|rcv|ack):\d+ ?/g, '')
}

function endsIn(text: string): EndTruth[] {
  const us = (ms: string | undefined): number => Math.round(Number(ms ?? 0) * 1000)
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, localPort, peerPort] = /:(\d+)\s+\S+:(\d+)\s/.exec(line) ?? []
      const [, rtt, rttVariation] = / rtt:([\d.]+)\/([\d.]+)/.exec(line) ?? []
      return {
        localPort: Number(localPort),
        peerPort: Number(peerPort),
        rtt: us(rtt),
        rttVariation: us(rttVariation),
        leastRtt: us(/ minrtt:([\d.]+)/.exec(line)?.[1]),
        retransmits: Number(/ retrans:\d+\/(\d+)/.exec(line)?.[1] ?? 0),
      }
    })
}

/** `TcpRetransSegs`, as nstat has it. */
function retransmitsOfAll(): number {
  const [names = [], values = []] = readFileSync('/proc/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '))
  return Number(values[names.indexOf('RetransSegs')])
}

/** Connections of kernels that tell of them only when they end leave no line before. */
async function looksAgain(output: string): Promise<void> {
  const wanted = linesIn(output) + 4
  for (let ms = 0; ms < LOOKING_MS && linesIn(output) < wanted; ms += 100) await sleep(100)
}

function linesIn(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length : 0
}
