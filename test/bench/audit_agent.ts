import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { totalsOf } from '../kit/agent.ts'
import { start } from '../kit/processes.ts'
import { tempDir } from '../kit/temp_dir.ts'
import { CountingSink } from './agent_process.ts'
import { builtWaggle } from './built.ts'
import { cpuSeconds, residentMib } from './proc_stat.ts'

const PIPELINE = join(import.meta.dirname, '../../pipelines/delivery.yaml')
/** An agent that takes less CPU than this share of a core has read what there is. */
const IDLE = 0.03

/** What it takes the agent to read a log, as it is shipped. */
export interface AgentCost {
  /** CPU of the whole process from when it runs until it has nothing to do. */
  readonly cpuMs: number
  /** Most that was resident. */
  readonly peakMib: number
}

/**
 * Lets an agent with pipelines/delivery.yaml read a log to its end. WAGGLE_SEMI_SPACE_MIB is what
 * deploy/delivery sets unless it is set. Rejects where it has not read as many events.
 */
export async function agentCost(log: string, events: number): Promise<AgentCost> {
  const sink = await CountingSink.start()
  const env = {
    WAGGLE_SEMI_SPACE_MIB: process.env['WAGGLE_SEMI_SPACE_MIB'] ?? '8',
    WAGGLE_AUDIT_LOG: log,
    WAGGLE_STATE_DIR: tempDir('delivery'),
    WAGGLE_DELIVERY_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: `127.0.0.1:${sink.port}`,
  }
  const settings = [
    '--set=receivers.k8s_audit.file.start_at=beginning',
    '--set=service.telemetry.metrics.level=none',
  ]
  const args = ['run', '--config', PIPELINE, ...settings]
  const program = await start(builtWaggle(), args, { env, graceMs: 20_000 })
  await program.waitForOutput(/Running\./, { timeoutMs: 30_000 })
  const before = cpuSeconds(program.pid)
  await untilIdle(program.pid)
  const cpuMs = (cpuSeconds(program.pid) - before) * 1000
  const { max } = residentMib(program.pid)
  await program.stop()
  await sink.stop()
  const { seen } = totalsOf('receiver/k8s_audit', program.stderr)
  if (seen !== events) throw new Error(`the agent read ${seen} of ${events} events`)
  return { cpuMs, peakMib: max }
}

async function untilIdle(pid: number): Promise<void> {
  for (let was = -1; ;) {
    const now = cpuSeconds(pid)
    if (was >= 0 && now - was < IDLE) return
    was = now
    await sleep(1000)
  }
}
