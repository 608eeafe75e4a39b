import { parseArgs } from 'node:util'
import { type BpfObject, RunTimeStats } from 'libbpf-addon'
import { ebpfFlowsConfig } from '../../receivers/ebpf_flows/config.ts'
import { EbpfFlowsReceiver } from '../../receivers/ebpf_flows/receiver.ts'
import { ebpfHttpConfig } from '../../receivers/ebpf_http/config.ts'
import { EbpfHttpReceiver } from '../../receivers/ebpf_http/receiver.ts'
import { ebpfSocketsConfig } from '../../receivers/ebpf_sockets/config.ts'
import { EbpfSocketsReceiver } from '../../receivers/ebpf_sockets/receiver.ts'
import type { Receiver } from '../../src/component/component.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import { openObject } from '../../src/kernel/objects.ts'
import { atEnd } from '../kit/cleanup.ts'
import { runWrk } from '../kit/load.ts'
import { runPython, startNginx } from '../kit/servers.ts'
import type { Figure } from './figures.ts'
import { runBenchmark, whole } from './run_benchmark.ts'
import { ShortConnections } from './short_connections.ts'

const usage = `usage: npm run bench:events -- [options]
  What each run of each program costs, as the kernel measures it, two looks at the clock included:
  short connections, requests over HTTP, datagrams, and packets at the interface lo. Needs root.

  --seconds N    seconds of each load (5)
  --record       append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const NAMES = ['sockets', 'flows', 'http'] as const
type Name = (typeof NAMES)[number]

/** The three receivers, their reports thrown away; returns their objects. */
async function startReceivers(): Promise<Map<Name, BpfObject>> {
  const objects = new Map<Name, BpfObject>()
  const opens = (name: Name) => (): BpfObject => {
    const object = openObject(name)
    objects.set(name, object)
    return object
  }
  const settings = (name: Name) => testSettings({ role: 'receiver', type: `ebpf_${name}` })
  const flows = ebpfFlowsConfig.parse({ interfaces: ['lo'] })
  const receivers: Receiver[] = [
    new EbpfSocketsReceiver(settings('sockets'), ebpfSocketsConfig.parse({}), opens('sockets')),
    new EbpfFlowsReceiver(settings('flows'), flows, opens('flows')),
    new EbpfHttpReceiver(settings('http'), ebpfHttpConfig.parse({}), opens('http')),
  ]
  for (const receiver of receivers) {
    receiver.batches$.subscribe(({ delivery }) => delivery.settle({ kind: 'accepted' }))
    await receiver.start?.()
    atEnd('a receiver', () => receiver.shutdown?.())
  }
  return objects
}

async function load(seconds: number): Promise<void> {
  const connections = await ShortConnections.start()
  await connections.load(seconds, 5000)
  await connections.stop()
  const nginx = await startNginx({ accessLog: false, server: 'location / { return 200 "hello"; }' })
  await runWrk({ url: `http://127.0.0.1:${nginx.port}/`, seconds })
  await runPython('datagrams.py', [
    'sendto',
    '127.0.0.1',
    '5801',
    String(seconds * 2000),
    '100',
    '4',
  ])
}

/** A loaded program's runs; undefined of one that this kernel does without. */
function infoOf(object: BpfObject, program: string): { runs: number; ns: number } | undefined {
  try {
    const { runCount, runTimeNs } = object.programInfo(program)
    return { runs: Number(runCount), ns: Number(runTimeNs) }
  } catch {
    return undefined
  }
}

async function measure(): Promise<Figure[]> {
  const objects = await startReceivers()
  const stats = RunTimeStats.enable()
  try {
    await load(whole(values.seconds))
  } finally {
    stats.close()
  }
  return [...objects].flatMap(([name, object]) =>
    object.programs.flatMap((program): Figure[] => {
      const info = infoOf(object, program.name)
      if (info === undefined) return []
      const each = info.runs === 0 ? 'not run' : `${(info.ns / info.runs).toFixed(0)} ns`
      return [{ what: `${name}: ${program.name}`, value: each, baseline: `${info.runs} runs` }]
    }),
  )
}

if (values.help) process.stdout.write(usage)
else await runBenchmark('Nanoseconds of a run of each program', measure, values.record)
