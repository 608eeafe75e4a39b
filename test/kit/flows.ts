import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EbpfFlowsReceiver } from '../../receivers/ebpf_flows/receiver.ts'
import { ebpfFlowsConfig } from '../../receivers/ebpf_flows/config.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import { addressText } from '../../src/pdata/address.ts'
import type { NetworkEndpoint } from '../../src/pdata/network_observations.ts'
import type { ComponentCounters } from '../../src/telemetry/counters.ts'
import { atEnd } from './cleanup.ts'
import type { Host } from './hosts.ts'
import type { Program } from './processes.ts'
import { tempDir } from './temp_dir.ts'

/** What was reported of flows that have all of this in common, in sum. */
export interface FlowRow {
  transport: string
  role: string
  local: string
  peer: string
  /** What was asked for; empty where it is the peer. */
  asked: string
  comm: string
  netns: number
  /** Where it was seen; empty where its socket told it. */
  interface: string
  sent: [bytes: number, packets: number]
  received: [bytes: number, packets: number]
  drops: number
  reason: string
}

/** A receiver that counts flows in this process. */
export interface FlowCount {
  readonly counters: ComponentCounters
  readonly log: string[]
  /** Ends it; returns what it has told. */
  stop: () => Promise<FlowRow[]>
}

/** `10.0.0.1 80`, or empty. */
export function endpointText(endpoint: NetworkEndpoint | undefined): string {
  if (endpoint === undefined) return ''
  const { words, port } = endpoint
  return `${addressText(new Uint8Array(words.buffer, words.byteOffset), 0)} ${port}`
}

/** How it is counted beside what the configuration says. */
export interface CountFlowsOptions {
  /** Whether programs are attached to interfaces by tcx. */
  tcx?: boolean
  /** Takes each line of the log; without it they are kept. */
  write?: (line: string) => unknown
}

/** Starts to count. */
export async function countFlows(
  options: object = {},
  { tcx = true, write }: CountFlowsOptions = {},
): Promise<FlowCount> {
  const log: string[] = []
  const outside = { write: write ?? ((line: string) => log.push(line)) }
  const settings = testSettings({ role: 'receiver', type: 'ebpf_flows' }, outside)
  const config = ebpfFlowsConfig.parse({ collection_interval: '200ms', ...options })
  const receiver = new EbpfFlowsReceiver(settings, config, undefined, tcx)
  const rows = new Map<string, FlowRow>()
  receiver.batches$.subscribe((batch) => {
    if (batch.kind === 'observations' && batch.schema === 'network') {
      for (let i = 0; i < batch.itemCount; i++) {
        const key = {
          transport: batch.transport(i),
          role: batch.role(i),
          local: `${batch.localAddress(i)} ${batch.localPort(i)}`,
          peer: `${batch.peerAddress(i)} ${batch.peerPort(i)}`,
          asked: endpointText(batch.asked(i)),
          comm: batch.comm(i),
          netns: batch.netns(i),
          interface: batch.interfaceName(i),
          reason: batch.reason(i),
        }
        const text = JSON.stringify(key)
        const row = rows.get(text) ?? { ...key, sent: [0, 0], received: [0, 0], drops: 0 }
        rows.set(text, row)
        row.sent[0] += batch.counter(i, 'bytes_sent')
        row.sent[1] += batch.counter(i, 'packets_sent')
        row.received[0] += batch.counter(i, 'bytes_received')
        row.received[1] += batch.counter(i, 'packets_received')
        row.drops += batch.counter(i, 'drops')
      }
    }
    batch.delivery.settle({ kind: 'accepted' })
  })
  await receiver.start()
  atEnd('a receiver of flows', () => receiver.shutdown())
  const stop = async (): Promise<FlowRow[]> => {
    await receiver.shutdown()
    return [...rows.values()]
  }
  return { counters: settings.counters, log, stop }
}

/** What a receiver in another network namespace has told. */
export interface FlowsElsewhere {
  rows: FlowRow[]
  /** Packets that were lost, by reason. */
  dropped: Record<string, number>
}

/** A receiver that counts flows in another network namespace. */
export interface CountElsewhere extends Pick<CountFlowsOptions, 'tcx'> {
  /** As in a configuration. */
  options: object
}

/** A process that counts flows in the network namespace of a host. */
export interface FlowCounter {
  readonly program: Program
  stop: () => Promise<FlowsElsewhere>
  /** The same where it has several receivers. */
  stopAll: () => Promise<FlowsElsewhere[]>
}

/** Starts to count on a host, by one receiver or several; what they log is the program's output. */
export async function countFlowsOn(
  { start }: Host,
  ...receivers: CountElsewhere[]
): Promise<FlowCounter> {
  const file = join(tempDir(), 'told.json')
  const args = [`${import.meta.dirname}/flows.main.ts`, file, JSON.stringify(receivers)]
  const program = await start(process.execPath, args, { graceMs: 20_000 })
  await program.waitForOutput(/^ready$/m, { timeoutMs: 30_000 })
  const stopAll = async (): Promise<FlowsElsewhere[]> => {
    await program.stop()
    return JSON.parse(readFileSync(file, 'utf8')) as FlowsElsewhere[]
  }
  const stop = async (): Promise<FlowsElsewhere> => (await stopAll())[0]!
  return { program, stop, stopAll }
}

/** The number by which the kernel knows a host's network namespace. */
export function netnsOf({ netns }: Host): number {
  return statSync(`/run/netns/${netns}`).ino
}

/** What the rows say in sum. */
export function sumOf(rows: readonly FlowRow[]): Pick<FlowRow, 'sent' | 'received' | 'drops'> {
  const sum = { sent: [0, 0], received: [0, 0], drops: 0 } as Pick<
    FlowRow,
    'sent' | 'received' | 'drops'
  >
  for (const { sent, received, drops } of rows) {
    for (const i of [0, 1] as const) {
      sum.sent[i] += sent[i]
      sum.received[i] += received[i]
    }
    sum.drops += drops
  }
  return sum
}
