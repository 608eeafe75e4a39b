import { release } from 'node:os'
import { readFileSync } from 'node:fs'
import { loadAll } from './loading.ts'
import { handOver } from './result.ts'

// Loads the programs and nothing else: what "npm run kernels -- --load-only" boots.

const lines = /log_lines=(\d+)/.exec(readFileSync('/proc/cmdline', 'utf8'))
handOver({
  release: release(),
  programs: loadAll({ all: true, logLines: Number(lines?.[1] ?? 40) }),
})
