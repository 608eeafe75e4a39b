import { eventually } from '../kit/eventually.ts'
import { parseMetricsPage } from '../kit/metrics_page.ts'
import { AgentProcess, type Totals } from './agent_process.ts'
import { lostByReason } from './agent_figures.ts'

const QUIET = { allocations: false, profile: undefined }
/** Where pipelines/network.yaml offers its metrics here. */
const PAGE = 'http://127.0.0.1:19464/metrics'

/** What the agent has counted so far of the connections of programs called so, in sum. */
export interface Counted {
  readonly client: number
  readonly server: number
  readonly closed: number
}

/** The agent with pipelines/network.yaml. */
export class NetworkAgent {
  readonly #agent: AgentProcess

  private constructor(agent: AgentProcess) {
    this.#agent = agent
  }

  static async start(): Promise<NetworkAgent> {
    return new NetworkAgent(await AgentProcess.start(0, QUIET, 'network'))
  }

  get pid(): number {
    return this.#agent.pid
  }

  /** What its page says now of the connections of services whose name begins so. */
  async counted(service: string): Promise<Counted> {
    const page = await (await fetch(PAGE)).text()
    const series = page === '' ? [] : parseMetricsPage(page)
    const sum = (name: string, role?: string): number =>
      series
        .filter((one) => one.name === `waggle_tcp_connections${name}_total`)
        .filter(({ labels }) => labels['job']?.startsWith(service))
        .filter(({ labels }) => !role || labels['network_tcp_handshake_role'] === role)
        .reduce((total, { value }) => total + value, 0)
    return { client: sum('', 'client'), server: sum('', 'server'), closed: sum('_closed') }
  }

  /** The same once it has come to at least so many; or as it is after a minute. */
  async countedAtLeast(service: string, { client, server, closed }: Counted): Promise<Counted> {
    let last = await this.counted(service)
    const isEnough = async (): Promise<void> => {
      last = await this.counted(service)
      if (last.client < client || last.server < server || last.closed < closed)
        throw new Error('not all are on the page yet')
    }
    await eventually(isEnough, { timeoutMs: 60_000 }).catch(() => {})
    return last
  }

  /** Ends it; resolves with what it lost. */
  async stop(): Promise<{ totals: Totals[]; lost: string }> {
    const totals = await this.#agent.stop()
    const lost = [...lostByReason(totals)].map(([reason, items]) => `${reason} ${items}`)
    return { totals, lost: lost.join(', ') || '0' }
  }
}
