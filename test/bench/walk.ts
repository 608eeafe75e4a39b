import { parseArgs } from 'node:util'
import {
  attachWalk,
  holdConnections,
  walkedIn,
} from '../../receivers/ebpf_sockets/walk_for_tests.ts'
import { inodeOf } from '../../receivers/ebpf_sockets/reports_for_tests.ts'
import { endAll } from '../kit/cleanup.ts'
import { twoHosts } from '../kit/hosts.ts'
import { report, spreadText, type Figure } from './figures.ts'

const usage = `usage: npm run bench:walk -- [options]
  How long the agent takes to read the figures of all live TCP sockets, which it does at each
  collection_interval of ebpf_sockets. Needs root.

  --sockets N   sockets that are held (50000)
  --rounds N    walks (20)
  --record      append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '20' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(usage)
  const sockets = Number(values.sockets)
  const [host] = await twoHosts()
  const { object, walk } = attachWalk()
  using _ = object
  await holdConnections(host, sockets / 2)
  const rounds = Array.from({ length: Number(values.rounds) }, () => {
    const [began, before] = [performance.now(), process.cpuUsage()]
    const written = walk.read()
    const [ms, { user, system }] = [performance.now() - began, process.cpuUsage(before)]
    const cpuMs = (user + system) / 1000
    return { ms, cpuMs, told: walkedIn(written, inodeOf(host)).sockets.size }
  })
  const times = rounds.map(({ ms }) => ms)
  const cpu = rounds.map(({ cpuMs }) => cpuMs)
  const told = Math.min(...rounds.map((round) => round.told))
  const figures: Figure[] = [
    {
      what: `a walk of ${sockets.toLocaleString('en')} live sockets, ms`,
      value: spreadText(times, 1),
      bar: '150',
    },
    { what: '… of CPU, ms', value: spreadText(cpu, 1) },
    { what: '… sockets told of, at least', value: told.toLocaleString('en') },
  ]
  report('Walk of live sockets', figures, values.record)
}

try {
  await main()
} finally {
  await endAll()
}
