import { openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { FILE_WORK } from './container.ts'

// Enters the cgroup of that folder, uses CPU and memory, reads and writes a file, and then waits.

const CPU_MICROSECONDS = 300_000
const KEPT_BYTES = 16 * 2 ** 20

const file = openSync('/tmp/work', 'w+')
const bytes = Buffer.alloc(FILE_WORK.readBytes)
writeSync(file, bytes)
// Memory will run out here, and another process is to be killed for it.
writeFileSync('/proc/self/oom_score_adj', '-1000')
writeFileSync(`${process.argv[2]}/cgroup.procs`, '0')
const kept = Buffer.alloc(KEPT_BYTES, 'x')
for (let i = 0; i < FILE_WORK.reads; i++) readSync(file, bytes, 0, FILE_WORK.readBytes, 0)
for (let i = 0; i < FILE_WORK.writes; i++) writeSync(file, bytes, 0, FILE_WORK.writeBytes, 0)
const { user } = process.cpuUsage()
while (process.cpuUsage().user < user + CPU_MICROSECONDS);
process.stdout.write('done\n')
setTimeout(() => kept.fill('y'), 2 ** 30)
