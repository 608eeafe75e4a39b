import { writeFileSync } from 'node:fs'
import { type CountElsewhere, countFlows, type FlowsElsewhere } from './flows.ts'

// Receivers of flows in a process of its own, so that they can be in another network namespace. Prints
// their log and "ready"; at its end it writes what they have told into a file.

const [file = '/dev/stdout', receivers = '[{"options":{}}]'] = process.argv.slice(2)
const write = (line: string): boolean => process.stdout.write(line)
const all = await Promise.all(
  (JSON.parse(receivers) as CountElsewhere[]).map(({ options, ...how }) =>
    countFlows(options, { ...how, write }),
  ),
)
async function end(): Promise<void> {
  const told: FlowsElsewhere[] = []
  for (const { stop, counters } of all) {
    const rows = await stop()
    told.push({ rows, dropped: Object.fromEntries(counters.dropped) })
  }
  writeFileSync(file, JSON.stringify(told))
  process.exit(0)
}

process.once('SIGTERM', () => void end())
process.stdout.write('ready\n')
