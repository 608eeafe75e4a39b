import type { LimitsConfig } from '../config/index.ts'
import type { Meter } from '../telemetry/meter.ts'

/** A governor as its metrics see it. */
export interface GovernorState {
  readonly limits: Pick<LimitsConfig, 'cpu' | 'memory_mib'>
  /** 1 of 2^shift is kept. */
  readonly shift: number
  /** Cores used of late; undefined while that is not known. */
  readonly cores: number | undefined
  /** Whether data is refused for lack of memory. */
  readonly refusing: boolean
}

interface Row {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly value: (state: GovernorState) => number | undefined
}

const CPU: readonly Row[] = [
  {
    name: 'waggle.governor.level',
    unit: '1',
    description:
      'What is done to stay within the limit of CPU: 0 nothing, 1 exchanges are sampled.',
    value: ({ shift }) => (shift > 0 ? 1 : 0),
  },
  {
    name: 'waggle.governor.sampling.ratio',
    unit: '1',
    description: 'Share of the exchanges that is kept in the kernel.',
    value: ({ shift }) => 2 ** -shift,
  },
  {
    name: 'waggle.governor.cpu',
    unit: '{cpu}',
    description: 'Cores that the agent used over the last 10 seconds.',
    value: ({ cores }) => cores,
  },
  {
    name: 'waggle.governor.cpu.limit',
    unit: '{cpu}',
    description: 'Cores that the agent may use.',
    value: ({ limits }) => limits.cpu,
  },
]

const MEMORY: readonly Row[] = [
  {
    name: 'waggle.governor.memory.refusing',
    unit: '1',
    description: 'Whether data is refused because the agent uses more memory than it may.',
    value: ({ refusing }) => (refusing ? 1 : 0),
  },
  {
    name: 'waggle.governor.memory.limit',
    unit: 'By',
    description: 'Memory that the agent may use.',
    value: ({ limits }) => limits.memory_mib && limits.memory_mib * 1024 * 1024,
  },
]

/** Registers what a governor does about each limit that is set. */
export function registerGovernorMetrics(meter: Meter, state: GovernorState): void {
  const { cpu, memory_mib } = state.limits
  const rows = [...(cpu === undefined ? [] : CPU), ...(memory_mib === undefined ? [] : MEMORY)]
  for (const { value, ...facts } of rows) {
    meter.gauge({ ...facts, level: 'basic' }, (observe) => {
      const now = value(state)
      if (now !== undefined) observe(now)
    })
  }
}
