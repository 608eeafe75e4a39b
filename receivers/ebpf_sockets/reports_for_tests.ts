import { statSync } from 'node:fs'
import type { BpfObject } from 'libbpf-addon'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Settings } from '../../src/component/settings.ts'
import {
  NETWORK_COUNTERS,
  NETWORK_GAUGES,
  type NetworkCounter,
  type NetworkGauge,
  type NetworkObservations,
} from '../../src/pdata/network_observations.ts'
import { endpointText } from '../../test/kit/flows.ts'
import type { Host } from '../../test/kit/hosts.ts'
import { ebpfSocketsConfig } from './config.ts'
import { ebpfSockets } from './index.ts'
import { EbpfSocketsReceiver } from './receiver.ts'

/** One report as a test looks at it; counters that are 0 and gauges that are not known are left out. */
export interface Told extends Partial<Record<NetworkCounter | NetworkGauge, number>> {
  readonly role: string
  readonly local: string
  readonly peer: string
  /** What was asked for, and the peer behind address translation; empty where they are the peer. */
  readonly asked: string
  readonly translated: string
  readonly pid: number
  readonly comm: string
  readonly netns: number
  readonly reason: string
}

/** A running receiver, and all it has told. */
export interface Following {
  readonly receiver: EbpfSocketsReceiver
  readonly settings: Settings
  readonly told: Told[]
  /** Of a host's reports: one role's, or all. */
  of(host: Pick<Host, 'netns'>, role?: string): Told[]
}

/**
 * Starts a receiver that walks every 100 ms unless told otherwise. With `onReports` nothing is kept:
 * for very many of them.
 */
export async function follow(
  options: object = {},
  onReports?: (reports: NetworkObservations) => void,
  open?: () => BpfObject,
): Promise<Following> {
  const settings = testSettings(ebpfSockets)
  const config = ebpfSocketsConfig.parse({ collection_interval: '100ms', ...options })
  const receiver = new EbpfSocketsReceiver(settings, config, open)
  const told: Told[] = []
  receiver.batches$.subscribe((batch) => {
    const reports = batch as NetworkObservations
    if (onReports) onReports(reports)
    else for (let i = 0; i < reports.itemCount; i++) told.push(read(reports, i))
    batch.delivery.settle({ kind: 'accepted' })
  })
  await receiver.start()
  const of = (host: Pick<Host, 'netns'>, role?: string): Told[] => {
    const netns = inodeOf(host)
    return told.filter((one) => one.netns === netns && (!role || one.role === role))
  }
  return { receiver, settings, told, of }
}

/** The inode of a host's network namespace. */
export function inodeOf({ netns }: Pick<Host, 'netns'>): number {
  return statSync(`/run/netns/${netns}`).ino
}

function read(reports: NetworkObservations, i: number): Told {
  const numbers: [string, number | undefined][] = [
    ...NETWORK_COUNTERS.map((name): [string, number] => [name, reports.counter(i, name)]),
    ...NETWORK_GAUGES.map((name): [string, number | undefined] => [name, reports.gauge(i, name)]),
  ]
  return {
    role: reports.role(i),
    local: `${reports.localAddress(i)} ${reports.localPort(i)}`,
    peer: `${reports.peerAddress(i)} ${reports.peerPort(i)}`,
    asked: endpointText(reports.asked(i)),
    translated: endpointText(reports.translated(i)),
    pid: reports.pid(i),
    comm: reports.comm(i),
    netns: reports.netns(i),
    reason: reports.reason(i),
    ...Object.fromEntries(numbers.filter(([, value]) => value)),
  }
}

/** The sum of a counter. */
export function sum(told: readonly Told[], name: NetworkCounter): number {
  return told.reduce((total, one) => total + (one[name] ?? 0), 0)
}
