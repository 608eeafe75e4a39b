import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waggle } from '../kit/agent.ts'
import { start } from '../kit/processes.ts'
import type { Program } from '../kit/processes.ts'
import { tempDir } from '../kit/temp_dir.ts'
import { realCollector } from './collector.ts'

/** Who runs a configuration. */
export type Runner = 'waggle' | 'collector'

/** Runs a configuration with Waggle or the real Collector, and waits until it takes what is sent. */
export async function startRunner(runner: Runner, config: string): Promise<Program> {
  const file = join(tempDir(runner), 'config.yaml')
  writeFileSync(file, config)
  const command = runner === 'waggle' ? waggle : await realCollector()
  const args = [...(runner === 'waggle' ? ['run'] : []), '--config', file]
  const program = await start(command, args, { graceMs: 20_000 })
  const running = runner === 'waggle' ? /Running\./ : /Everything is ready/
  await program.waitForOutput(running, { timeoutMs: 30_000 })
  return program
}

/** Checks a configuration without running it; rejects with what is said of it. */
export async function validateWith(runner: Runner, file: string): Promise<void> {
  const command = runner === 'waggle' ? waggle : await realCollector()
  const program = await start(command, ['validate', '--config', file])
  const { code } = await program.exited
  if (code !== 0) throw new Error(`${runner}: ${program.output}`)
}
